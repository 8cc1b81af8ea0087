import { Resolver } from 'node:dns/promises';

const TIMEOUT_MS = 2000;

/** Asks the DNS server, over the network, for the addresses of a name: none when it has none, or the failure. */
export async function resolveName(server: string, name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  resolver.setServers([server]);
  const answers = await Promise.all([
    resolver.resolve4(name).catch(emptyOrCode),
    resolver.resolve6(name).catch(emptyOrCode),
  ]);
  return answers.flat().sort();
}

function emptyOrCode(error: NodeJS.ErrnoException): string[] {
  return error.code === 'ENOTFOUND' || error.code === 'ENODATA' ? [] : [error.code ?? error.message];
}
