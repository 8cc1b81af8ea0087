/**
 * A signal that aborts on Ctrl-C, SIGTERM, and when nobody reads standard output any more
 * (`mcp logs -f web | head`). A second Ctrl-C ends the process at once.
 */
export function interruptSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort(name));
  process.stdout.on('error', () => stop.abort('output closed'));
  return stop.signal;
}
