import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openChannel } from '@mcp/daemon/client';
import { CertificateServiceDefinition } from '@mcp/proto/certd';
import { RecordServiceDefinition } from '@mcp/proto/dnsd';
import { ProxyAdminServiceDefinition } from '@mcp/proto/mc-proxy';
import { PortServiceDefinition } from '@mcp/proto/portd';
import { RouteServiceDefinition } from '@mcp/proto/routed';
import type { ProgramName } from '../stack/layout.ts';
import { namespaceOf, type StackFile } from '../stack/stack.ts';
import type { Proof } from './proofs.ts';
import { containersOf } from '../stack/engine-view.ts';
import { runProgram } from './run.ts';

/** Asks every system itself what it still holds. */
export async function findLeftovers(stack: StackFile): Promise<Proof[]> {
  const [host, port] = stack.dns.split(':');
  const dig = await runProgram('dig', [
    `@${host}`,
    '-p',
    port!,
    `hello.${stack.domain}`,
    'A',
    '+tries=1',
    '+time=2',
  ]);
  const status = /status: (\w+)/.exec(dig.stdout)?.[1] ?? 'no answer';
  return [
    none('containers', 'container engine', await containersOf(stack.containers, namespaceOf(stack.dir))),
    none(
      'proxy routes',
      'mc-proxy',
      await ask(stack, 'mc-proxy', async (channel) => {
        const { listeners } = await channel.client(ProxyAdminServiceDefinition).listRoutes({});
        return listeners.flatMap(({ routes }) => routes.map(({ hostname }) => hostname));
      }),
    ),
    none(
      'desired routes',
      'routed',
      await ask(stack, 'routed', async (channel) => {
        const { routes } = await channel.client(RouteServiceDefinition).listRoutes({});
        return routes.map(({ route }) => route?.hostname ?? '');
      }),
    ),
    { what: 'DNS name', how: 'dig', seen: status, ok: status === 'NXDOMAIN' },
    none(
      'desired records',
      'dnsd',
      await ask(stack, 'dnsd', async (channel) => {
        const { records } = await channel.client(RecordServiceDefinition).listRecords({});
        return records.map(({ record }) => record?.name ?? '');
      }),
    ),
    none(
      'port leases',
      'portd',
      await ask(stack, 'portd', async (channel) => {
        const { leases } = await channel.client(PortServiceDefinition).listLeases({});
        return leases.map(({ port: leased }) => String(leased));
      }),
    ),
    none(
      'certificates',
      'certd',
      await ask(stack, 'certd', async (channel) => {
        const { certificates } = await channel.client(CertificateServiceDefinition).listCertificates({});
        return certificates.map(({ hostname }) => hostname);
      }),
    ),
    none('certificate files', 'folder', readdirSync(join(stack.dir, 'certs'))),
  ];
}

function none(what: string, how: string, found: readonly string[]): Proof {
  return { what, how, seen: found.length === 0 ? 'none' : found.join(', '), ok: found.length === 0 };
}

async function ask(
  stack: StackFile,
  name: ProgramName,
  question: (channel: ReturnType<typeof openChannel>) => Promise<string[]>,
) {
  const channel = openChannel({ address: `unix:${stack.processes[name].socket}` });
  try {
    return await question(channel);
  } finally {
    channel.close();
  }
}
