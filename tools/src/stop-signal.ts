/**
 * Aborted by the first SIGINT or SIGTERM. Further ones only say that it is stopping: to end at
 * once would leave every process of the stack behind.
 */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.stderr.write('stopping, this takes a few seconds\n');
      stop.abort(new Error(`stopped by ${name}`));
    });
  }
  return stop.signal;
}
