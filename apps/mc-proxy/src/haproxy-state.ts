import { ServiceError } from '@mcp/daemon/errors';
import {
  parseCertificateList,
  parseCertificates,
  parseMap,
  parseSha1,
  type Runtime,
} from './haproxy-runtime.ts';
import { contentOf, type Change, type LiveState } from './live-state.ts';

/** Certificate path to what should be loaded under it. */
type Pems = ReadonlyMap<string, { pem: string; sha1: string }>;

/**
 * Asks HAProxy what it has loaded, and gives up a certificate change that was begun and not
 * finished. A certificate whose leaf is the one in `pems` is taken for that one.
 */
export async function readState(
  runtime: Runtime,
  { maps, lists, pems }: { maps: Iterable<string>; lists: Iterable<string>; pems: Pems },
): Promise<LiveState> {
  const state: LiveState = { maps: new Map(), lists: new Map(), certificates: new Map() };
  for (const map of maps) state.maps.set(map, parseMap(await runtime.ask(`show map ${map}`)));
  for (const list of lists)
    state.lists.set(list, parseCertificateList(await runtime.ask(`show ssl crt-list ${list}`)));
  const { loaded, unfinished } = parseCertificates(await runtime.ask('show ssl cert'));
  if (unfinished !== undefined) await runtime.ask(`abort ssl cert ${unfinished}`);
  for (const path of loaded) {
    const sha1 = parseSha1(await runtime.ask(`show ssl cert ${path}`));
    const wanted = pems.get(path);
    state.certificates.set(path, wanted?.sha1 === sha1 ? contentOf(wanted) : sha1);
  }
  return state;
}

/** Makes one change in HAProxy. Throws failed_precondition with HAProxy's answer when it refuses. */
export async function applyChange(runtime: Runtime, change: Change, pems: Pems): Promise<void> {
  const command = (text: string, payload?: string) => mustAccept(runtime, text, payload);
  switch (change.kind) {
    case 'load certificate':
      await command(`new ssl cert ${change.path}`);
      return await replaceCertificate(runtime, change.path, pems);
    case 'replace certificate':
      return await replaceCertificate(runtime, change.path, pems);
    case 'unload certificate':
      return await command(`del ssl cert ${change.path}`);
    case 'list certificate':
      return await command(`add ssl crt-list ${change.list}`, `${change.path} ${change.hostname}\n`);
    case 'unlist certificate':
      return await command(`del ssl crt-list ${change.list} ${change.path}`);
    case 'add entry':
      return await command(`add map ${change.map} ${change.hostname} ${change.target}`);
    case 'set entry':
      return await command(`set map ${change.map} ${change.hostname} ${change.target}`);
    case 'remove entry':
      return await command(`del map ${change.map} ${change.hostname}`);
  }
}

async function replaceCertificate(runtime: Runtime, path: string, pems: Pems): Promise<void> {
  const pem = pems.get(path)?.pem;
  if (pem === undefined) throw new Error(`no certificate for ${path}`);
  await mustAccept(runtime, `set ssl cert ${path}`, pem);
  await mustAccept(runtime, `commit ssl cert ${path}`);
}

/** HAProxy has no result codes: a map command that worked answers nothing, a certificate command one of these. */
const CERTIFICATE_ANSWERS =
  /^(New empty certificate store|Transaction (created|updated))|Success!$|deleted(?: in crtlist '[^']*')?!$/;

/** Makes a change of a map or a certificate. Throws failed_precondition with HAProxy's answer when it refuses. */
export async function mustAccept(runtime: Runtime, command: string, payload?: string): Promise<void> {
  const answer = await runtime.ask(command, payload);
  const accepted = command.includes(' ssl ') ? CERTIFICATE_ANSWERS.test(answer) : answer === '';
  if (!accepted) {
    throw new ServiceError(
      'failed_precondition',
      `HAProxy refuses "${command}": ${answer.replaceAll(/\s*\n\s*/g, ' ')}`,
    );
  }
}
