/** How a message of google.protobuf is written in JSON. */
interface JsonForm {
  /** What JSON must be, for messages. */
  expected: string;
  /** Undefined when the text is not of that form. */
  read(text: string): { seconds: string; nanos: number } | undefined;
  write(value: { seconds?: string; nanos?: number }): string;
}

/** Messages that proto3 JSON writes as text. */
export const wellKnown: Readonly<Record<string, JsonForm>> = {
  '.google.protobuf.Timestamp': {
    expected: 'a time like "2026-01-31T12:00:00Z"',
    read(text) {
      const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text)
        ? Date.parse(text)
        : NaN;
      if (Number.isNaN(ms)) return undefined;
      const seconds = Math.floor(ms / 1000);
      return { seconds: String(seconds), nanos: (ms - seconds * 1000) * 1e6 };
    },
    write: ({ seconds = '0', nanos = 0 }) => new Date(Number(seconds) * 1000 + nanos / 1e6).toISOString(),
  },
  '.google.protobuf.Duration': {
    expected: 'a duration like "1.5s"',
    read(text) {
      const match = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text);
      if (!match) return undefined;
      const [, sign = '', seconds = '0', fraction = ''] = match;
      const nanos = Number(fraction.padEnd(9, '0'));
      return { seconds: `${sign}${seconds}`, nanos: sign === '' || nanos === 0 ? nanos : -nanos };
    },
    write({ seconds = '0', nanos = 0 }) {
      const sign = seconds.startsWith('-') || nanos < 0 ? '-' : '';
      const fraction = String(Math.abs(nanos)).padStart(9, '0').replace(/0+$/, '');
      return `${sign}${seconds.replace('-', '')}${fraction === '' ? '' : `.${fraction}`}s`;
    },
  },
};
