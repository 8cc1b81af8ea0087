import { connect } from 'node:net';
import { basename } from 'node:path';

const TIMEOUT_MS = 3000;

/** Where HAProxy sends the connections of a hostname. */
export interface MapEntry {
  mode: 'l4' | 'l7';
  /** The listener's. */
  port: number;
  hostname: string;
  /** "host:port". */
  backend: string;
}

/** What a running HAProxy has loaded. */
export interface HaproxyReading {
  entries: MapEntry[];
  /** "<listener port>-<hostname>" of every certificate that is loaded. */
  certificates: string[];
  /** "<listener port>-<hostname>" of every certificate that answers for its hostname. */
  listed: string[];
  /** Entries of maps that are of no use once no operation runs, such as holds: "<map> <key> <value>". */
  others: string[];
}

/** Asks the process itself, over its admin socket. Throws when it does not answer. */
export async function readHaproxy(adminSocket: string): Promise<HaproxyReading> {
  const reading: HaproxyReading = { entries: [], certificates: [], listed: [], others: [] };
  for (const map of filesOf(await ask(adminSocket, 'show map'))) {
    const [, mode, port] = /^(l4|l7)-(\d+)\.map$/.exec(basename(map)) ?? [];
    for (const line of linesOf(await ask(adminSocket, `show map ${map}`))) {
      const [, hostname = '', value = ''] = line.split(' ');
      if (mode === 'l4' || mode === 'l7')
        reading.entries.push({ mode, port: Number(port), hostname, backend: backendOf(value) });
      else reading.others.push(`${basename(map)} ${hostname} ${value}`);
    }
  }
  for (const list of linesOf(await ask(adminSocket, 'show ssl crt-list')))
    for (const line of linesOf(await ask(adminSocket, `show ssl crt-list ${list}`)))
      reading.listed.push(certificateName(line.split(' ')[0]!));
  reading.certificates = linesOf(await ask(adminSocket, 'show ssl cert')).map(certificateName);
  return reading;
}

/** Values are "<host>/<port>" for l4 and "<http|tls>/<host>/<port>" for l7, perhaps with more behind. */
function backendOf(value: string): string {
  const [host, port] = value.replace(/^(http|tls)\//, '').split('/');
  return `${host}:${port}`;
}

function certificateName(path: string): string {
  return basename(path, '.pem');
}

/** "0 (/path/of.map) pattern loaded from file ..." a line. */
function filesOf(text: string): string[] {
  return linesOf(text).flatMap((line) => /\((\/[^)]*\.map)\)/.exec(line)?.[1] ?? []);
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** Sends one command and returns the whole answer. */
async function ask(adminSocket: string, command: string): Promise<string> {
  const socket = connect(adminSocket);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer to "${command}"`)));
  socket.write(`${command}\n`);
  let answer = '';
  socket.setEncoding('utf8');
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
