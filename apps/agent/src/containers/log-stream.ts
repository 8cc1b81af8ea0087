/** A line that a container wrote. */
export interface LogLine {
  stream: 'stdout' | 'stderr';
  time: Date;
  line: string;
}

const HEADER_BYTES = 8;

/**
 * Takes the engine's multiplexed log stream apart (Docker API: "Stream format": one byte for
 * the stream, three of nothing, four of length, then the payload), with a timestamp before each line.
 */
export async function* demultiplex(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer | string>,
): AsyncGenerator<LogLine> {
  let buffered: Buffer = Buffer.alloc(0);
  const rest = { stdout: '', stderr: '' };
  for await (const chunk of chunks) {
    buffered = Buffer.concat([buffered, typeof chunk === 'string' ? Buffer.from(chunk, 'binary') : chunk]);
    while (buffered.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + buffered.readUInt32BE(4);
      if (buffered.length < end) break;
      const stream = buffered[0] === 2 ? 'stderr' : 'stdout';
      const lines = (rest[stream] + buffered.subarray(HEADER_BYTES, end).toString('utf8')).split('\n');
      rest[stream] = lines.pop() ?? '';
      buffered = buffered.subarray(end);
      for (const line of lines) yield toLine(stream, line);
    }
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    if (rest[stream] !== '') yield toLine(stream, rest[stream]);
  }
}

function toLine(stream: LogLine['stream'], text: string): LogLine {
  const space = text.indexOf(' ');
  const time = new Date(text.slice(0, space));
  return { stream, time, line: text.slice(space + 1).replace(/\r$/, '') };
}
