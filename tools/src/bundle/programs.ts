/** Every program of the project: its command, and the app that it is built from. */
export const programs = [
  { command: 'mcp', app: 'cli' },
  { command: 'mcp-agent', app: 'agent' },
  { command: 'mcp-portd', app: 'portd' },
  { command: 'mcp-certd', app: 'certd' },
  { command: 'mcp-routed', app: 'routed' },
  { command: 'mcp-dnsd', app: 'dnsd' },
  { command: 'mc-proxy', app: 'mc-proxy' },
  { command: 'mcns', app: 'mcns' },
  { command: 'metacrypt', app: 'metacrypt' },
] as const;

export type Command = (typeof programs)[number]['command'];
