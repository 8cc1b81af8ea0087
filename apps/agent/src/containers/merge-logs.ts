import type { LogLine } from './log-stream.ts';

export interface LogSource {
  source: string;
  lines: AsyncIterable<LogLine>;
}

/**
 * One stream from several: by time when all of them end by themselves, as they come when they are followed.
 */
export async function* mergeLogs(
  sources: readonly LogSource[],
  follow: boolean,
): AsyncGenerator<LogLine & { source: string }> {
  if (follow) yield* asTheyCome(sources);
  else yield* byTime(sources);
}

async function* byTime(sources: readonly LogSource[]): AsyncGenerator<LogLine & { source: string }> {
  const all: (LogLine & { source: string })[] = [];
  for (const { source, lines } of sources) {
    for await (const line of lines) all.push({ ...line, source });
  }
  yield* all.sort((a, b) => a.time.getTime() - b.time.getTime());
}

async function* asTheyCome(sources: readonly LogSource[]): AsyncGenerator<LogLine & { source: string }> {
  const iterators = sources.map(({ source, lines }) => ({ source, iterator: lines[Symbol.asyncIterator]() }));
  const next = (index: number) =>
    iterators[index]!.iterator.next().then((result) => ({ index, result, source: iterators[index]!.source }));
  const pending = new Map(iterators.map((_, index) => [index, next(index)]));
  try {
    while (pending.size > 0) {
      const { index, result, source } = await Promise.race(pending.values());
      if (result.done) pending.delete(index);
      else {
        pending.set(index, next(index));
        yield { ...result.value, source };
      }
    }
  } finally {
    for (const { iterator } of iterators) void iterator.return?.();
  }
}
