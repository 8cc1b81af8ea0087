import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { startServer } from '@mcp/daemon/test-server';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { onTestFinished } from 'vitest';
import { createFakeAgent, type FakeAgent, type FakeAgentOptions } from './fake-agent.ts';

const BINARY = fileURLToPath(new URL('../bin/mcp.js', import.meta.url));

/** How a run of mcp ended. */
export interface Result {
  stdout: string;
  stderr: string;
  exitCode: number | null;
}

/** A workstation in a temporary folder: mcp.toml and definitions, and the real binary on them. */
export interface Workstation {
  folder: string;
  /** Runs mcp to its end, without a terminal. */
  mcp(...args: string[]): Promise<Result>;
  /** Starts mcp; `result` settles when it ends. */
  start(args: readonly string[], input?: string): Running;
  /** Writes `services/<name>.toml` and returns its path. */
  define(name: string, text?: string): string;
}

export interface Running {
  /** Resolves when standard output contains the text. */
  printed(text: string): Promise<void>;
  interrupt(): void;
  /** Stops reading its standard output, as `| head` does. */
  closeOutput(): void;
  result: Promise<Result>;
}

export function createWorkstation(config: string): Workstation {
  const folder = temporaryDirectory();
  const services = join(folder, 'services');
  mkdirSync(services);
  writeFileSync(join(folder, 'mcp.toml'), config);

  function start(args: readonly string[], input = ''): Running {
    const env = { ...process.env, MCP_CONFIG: join(folder, 'mcp.toml'), HOME: folder };
    const child = spawn(process.execPath, [BINARY, ...args], { env, stdio: 'pipe' });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.end(input);
    let printedSoFar = '';
    child.stdout.on('data', (chunk: Buffer) => (printedSoFar += chunk.toString()));
    return {
      async printed(wanted) {
        while (!printedSoFar.includes(wanted)) await once(child.stdout, 'data');
      },
      interrupt: () => void child.kill('SIGINT'),
      closeOutput: () => void child.stdout.destroy(),
      result: Promise.all([text(child.stderr), once(child, 'close')]).then(([stderr]) => ({
        stdout: printedSoFar,
        stderr,
        exitCode: child.exitCode,
      })),
    };
  }

  return {
    folder,
    start,
    mcp: (...args) => start(args).result,
    define(name, definition = definitionOf(name)) {
      const file = join(services, `${name}.toml`);
      writeFileSync(file, definition);
      return file;
    },
  };
}

/** A correct definition with the components api and web. */
export function definitionOf(name: string, node = 'rift'): string {
  return `name = "${name}"
node = "${node}"
version = "v1.0.0"

[[components]]
name = "api"
[[components.routes]]
port = 443
mode = "l7"

[[components]]
name = "web"
`;
}

/** A workstation with one node, rift, whose agent is a fake, and the definition of the service demo. */
export async function startFleet(
  options: Partial<FakeAgentOptions> = {},
): Promise<Workstation & { agent: FakeAgent; socket: string }> {
  const { agent, socket } = await startFakeAgent(options);
  const workstation = createWorkstation(`registry = "mcr.test:8443"\n${nodeToml('rift', socket)}`);
  workstation.define('demo');
  return { ...workstation, agent, socket };
}

export async function startFakeAgent(
  options: Partial<FakeAgentOptions>,
): Promise<{ agent: FakeAgent; socket: string }> {
  const agent = createFakeAgent(options);
  const { socket } = await startServer((server) => agent.addTo(server));
  return { agent, socket };
}

/** A `[[nodes]]` entry. */
export function nodeToml(name: string, socket: string): string {
  return `[[nodes]]\nname = "${name}"\naddress = "unix:${socket}"\n`;
}
