import { pino, type Logger } from 'pino';

export type { Logger };

const SECRET_FIELDS = [
  'token',
  '*.token',
  'hmac_key',
  '*.hmac_key',
  'authorization',
  '*.authorization',
  'password',
];

/** The one root logger of a process: JSON lines on standard output, secrets redacted. */
export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, redact: SECRET_FIELDS, base: { pid: process.pid } });
}
