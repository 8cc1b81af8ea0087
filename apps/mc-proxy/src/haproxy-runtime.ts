import { connect } from 'node:net';
import { ServiceError } from '@mcp/daemon/errors';

const COMMAND_TIMEOUT_MS = 2000;

/** What `show info` says of a running HAProxy. */
export interface HaproxyInfo {
  pid: number;
  version: string;
  startedAt: Date;
  /** The description in its configuration. */
  description: string;
}

/** HAProxy's admin socket. Every method but `untilClosed` throws unavailable when nothing answers within 2 s. */
export interface Runtime {
  /** Sends one command, with a payload where it takes one, and returns the whole answer. */
  ask(command: string, payload?: string): Promise<string>;
  info(): Promise<HaproxyInfo>;
  /** Returns when HAProxy closes an idle connection, as it does when it ends, or when the signal is aborted. */
  untilClosed(signal: AbortSignal): Promise<void>;
}

export function createRuntime(adminSocket: string): Runtime {
  async function ask(command: string, payload?: string): Promise<string> {
    const socket = connect(adminSocket);
    const expire = setTimeout(
      () => socket.destroy(new Error(`no answer within ${COMMAND_TIMEOUT_MS} ms`)),
      COMMAND_TIMEOUT_MS,
    );
    try {
      socket.write(payload === undefined ? `${command}\n` : `${command} <<\n${payload}\n`);
      let answer = '';
      socket.setEncoding('utf8');
      for await (const chunk of socket) answer += String(chunk);
      return answer.trim();
    } catch (cause) {
      throw new ServiceError('unavailable', `HAProxy's admin socket ${adminSocket}: ${firstWords(command)}`, {
        cause,
      });
    } finally {
      clearTimeout(expire);
      socket.destroy();
    }
  }

  return {
    ask,
    info: async () => parseInfo(await ask('show info')),
    async untilClosed(signal) {
      const socket = connect({ path: adminSocket, signal });
      // A refused, reset or aborted connection ends the wait like a closed one.
      socket.on('error', () => socket.destroy());
      socket.resume();
      await new Promise((resolve) => socket.once('close', resolve));
    },
  };
}

/** The answer, or undefined when HAProxy is down. */
export async function unlessDown<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  return await answer.catch((error: unknown) => {
    if (error instanceof ServiceError && error.code === 'unavailable') return undefined;
    throw error;
  });
}

/** The command without its arguments, for messages. */
function firstWords(command: string): string {
  return command.split(' /')[0]!;
}

/** Reads the lines "Key: value" of `show info`. */
function parseInfo(text: string): HaproxyInfo {
  const fields = parseFields(text);
  return {
    pid: Number(fields.get('Pid')),
    version: fields.get('Version') ?? '',
    startedAt: new Date(Number(fields.get('Start_time_sec')) * 1000),
    description: fields.get('description') ?? '',
  };
}

function parseFields(text: string): Map<string, string> {
  return new Map(
    text.split('\n').flatMap((line) => {
      const colon = line.indexOf(': ');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 2)] as const];
    }),
  );
}

/** The connections open now of every frontend, from `show stat`. */
export function parseConnections(csv: string): Map<string, number> {
  const [header = '', ...rows] = csv.replace(/^# /, '').split('\n');
  const columns = header.split(',');
  const name = columns.indexOf('pxname');
  const current = columns.indexOf('scur');
  return new Map(
    rows.map((row) => row.split(',')).map((cells) => [cells[name] ?? '', Number(cells[current])]),
  );
}

/** The entries of `show map`: "<address> <key> <value>" a line; none when HAProxy has no such map. */
export function parseMap(text: string): Map<string, string> {
  return new Map(
    lines(text).flatMap((line) => {
      const [, key, value] = /^0x[0-9a-f]+ (\S+) (\S+)$/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
}

/** The counts in `show table` of a table that stores conn_cur, by key; undefined when HAProxy has no such table. */
export function parseOpen(text: string): Map<string, number> | undefined {
  if (!text.startsWith('# table: ')) return undefined;
  return new Map(
    lines(text).flatMap((line) => {
      const [, key, count] = / key=(\S+) .*\bconn_cur=(\d+)/.exec(line) ?? [];
      return key === undefined ? [] : [[key, Number(count)] as const];
    }),
  );
}

/** The entries of `show ssl crt-list LIST`: "<certificate> <hostname>" a line. */
export function parseCertificateList(text: string): Map<string, string> {
  return new Map(
    lines(text).map((line) => {
      const [path = '', hostname = ''] = line.split(' ');
      return [path, hostname] as const;
    }),
  );
}

/** What `show ssl cert` lists: the loaded certificates, and the one that a change was begun for and not finished. */
export function parseCertificates(text: string): { loaded: string[]; unfinished: string | undefined } {
  const paths = lines(text);
  return {
    loaded: paths.filter((path) => !path.startsWith('*')),
    unfinished: paths.find((path) => path.startsWith('*'))?.slice(1),
  };
}

/** The SHA-1 of a leaf in `show ssl cert PATH`, upper-case hexadecimal; empty while nothing is loaded under that path. */
export function parseSha1(text: string): string {
  return parseFields(text).get('SHA1 FingerPrint') ?? '';
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
