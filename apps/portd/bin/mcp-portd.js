#!/usr/bin/env node
import '@mcp/daemon/require-node';
await import('../src/main.ts');
