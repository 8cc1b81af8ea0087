/** A terminal that keys come from: what read-key needs of `process.stdin`. */
export type KeyTerminal = Pick<
  NodeJS.ReadStream,
  'setRawMode' | 'resume' | 'pause' | 'on' | 'once' | 'removeListener'
>;

/**
 * Waits for a key that `accept` takes; others are ignored. Until then the terminal is in raw
 * mode: it does not echo, and Ctrl-C is a key. Returns undefined when the signal is aborted
 * or the terminal is gone; the terminal is as before in any case.
 */
export async function readKey<Meaning>(
  terminal: KeyTerminal,
  accept: (key: string) => Meaning | undefined,
  signal: AbortSignal,
): Promise<Meaning | undefined> {
  const { promise, resolve } = Promise.withResolvers<Meaning | undefined>();
  const giveUp = (): void => resolve(undefined);
  const take = (chunk: Buffer): void => {
    const meaning = accept(chunk.toString());
    if (meaning !== undefined) resolve(meaning);
  };
  if (signal.aborted) return undefined;
  signal.addEventListener('abort', giveUp);
  terminal.on('data', take);
  for (const gone of ['end', 'error'] as const) terminal.once(gone, giveUp);
  try {
    terminal.setRawMode(true);
    terminal.resume();
    return await promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
    terminal.removeListener('data', take);
    terminal.pause();
    terminal.setRawMode(false);
    for (const gone of ['end', 'error'] as const) terminal.removeListener(gone, giveUp);
  }
}
