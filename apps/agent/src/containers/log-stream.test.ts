import { expect, test } from 'vitest';
import { demultiplex, type LogLine } from './log-stream.ts';

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function lines(chunks: Buffer[]): Promise<LogLine[]> {
  const found: LogLine[] = [];
  for await (const line of demultiplex(chunks)) found.push(line);
  return found;
}

const AT = '2026-11-23T12:00:00.5Z';

test('takes streams and timestamps apart, however the bytes are cut', async () => {
  const whole = Buffer.concat([frame(1, `${AT} grüße\n`), frame(2, `${AT} oh no\n`)]);
  const expected = [
    { stream: 'stdout', time: new Date(AT), line: 'grüße' },
    { stream: 'stderr', time: new Date(AT), line: 'oh no' },
  ];
  expect(await lines([whole])).toEqual(expected);
  expect(await lines([...whole].map((byte) => Buffer.from([byte])))).toEqual(expected);
});

test('a last line without an end is a line', async () => {
  expect(await lines([frame(1, `${AT} half`)])).toMatchObject([{ line: 'half' }]);
});
