import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openChannel, type Channel } from '@mcp/daemon/client';
import { CertificateServiceDefinition } from '@mcp/proto/certd';
import { ProxyAdminServiceDefinition, RouteMode as ProxyMode } from '@mcp/proto/mc-proxy';
import { RecordServiceDefinition as ZoneServiceDefinition } from '@mcp/proto/mcns';
import { RecordServiceDefinition, RecordType } from '@mcp/proto/dnsd';
import { PortServiceDefinition } from '@mcp/proto/portd';
import { RouteMode, RouteServiceDefinition } from '@mcp/proto/routed';
import { audit } from '../audit/audit.ts';
import type { Door } from '../audit/door.ts';
import { formatViolation } from '../audit/violation.ts';
import { doorsOf } from '../faults/definitions.ts';
import { formatOperation } from '../faults/report.ts';
import { runFaults } from '../faults/run.ts';
import { runOperation } from '../faults/run-operation.ts';
import { settle } from '../faults/settle.ts';
import { askEngine } from '../stack/engine-view.ts';
import { DOMAIN, NODE, type ProgramName } from '../stack/layout.ts';
import { namespaceOf, type Stack } from '../stack/stack.ts';
import { startOwnStack } from './own-stack.ts';

/** Of the twenty operations; `npm run test:faults` takes any. */
const SEED = 4;
const LEAK = `leak.${DOMAIN}`;
const OWNER = `${NODE}/leak`;
const leakDoor: Door = { hostname: LEAK, port: 8443, mode: 'l4' };

let stack: Stack;
beforeAll(async () => {
  const own = await startOwnStack();
  stack = own.stack;
  return own.discard;
});

/** Asks a program of the stack, over its socket. */
async function ask<Answer>(
  name: ProgramName,
  question: (channel: Channel) => Promise<Answer>,
): Promise<Answer> {
  const channel = openChannel({ address: `unix:${stack.layout.socket(name)}` });
  try {
    return await question(channel);
  } finally {
    channel.close();
  }
}

/** What the audit sees now, one line each. */
async function violations(): Promise<string[]> {
  return (await audit(stack.file(), [...doorsOf(['charlie']), leakDoor])).map(formatViolation);
}

describe('the audit sees in a running stack', () => {
  beforeAll(async () => {
    const action = { kind: 'deploy', version: 'v1' } as const;
    const ending = await ask('agent', (channel) => runOperation(channel, { service: 'charlie', action }));
    expect(ending).toMatchObject({ outcome: 'succeeded' });
    expect(await violations()).toEqual([]);
  });

  /** Plants, expects each line to be reported, takes back, and expects that nothing is. */
  async function expectSeen(
    lines: readonly RegExp[],
    { plant, takeBack }: { plant(): Promise<unknown>; takeBack(): Promise<unknown> },
  ): Promise<void> {
    try {
      await plant();
      const seen = await violations();
      for (const line of lines) expect(seen).toContainEqual(expect.stringMatching(line));
    } finally {
      await takeBack();
    }
    expect((await settle(stack.file, { doors: [...doorsOf(['charlie']), leakDoor] })).violations).toEqual([]);
  }

  test('a container that is there twice, started by hand', async () => {
    const { containers, dir } = stack.file();
    const name = `${namespaceOf(dir)}.charlie.api.99`;
    const labels = { namespace: namespaceOf(dir), service: 'charlie', component: 'api', generation: '99' };
    const Labels = Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [`net.metacircular.mcp.${key}`, value]),
    );
    await expectSeen(
      [/^engine: 2 times container charlie\/api/, /^engine: .*\.api\.99 is of generation 99/],
      {
        plant: () =>
          askEngine(containers, {
            method: 'POST',
            path: `/containers/create?name=${name}`,
            body: { Image: 'localhost/mcp-traffic:v1', Labels },
          }),
        takeBack: () => askEngine(containers, { method: 'DELETE', path: `/containers/${name}?force=true` }),
      },
    );
  });

  test('a route of the proxy that nobody asks for', async () => {
    const route = { hostname: LEAK, port: 9443, mode: ProxyMode.L4, backend: '127.0.0.1:9' };
    await expectSeen([/^mc-proxy: leaked route leak/, /^HAProxy: leaked map entry l4-9443 leak/], {
      plant: () =>
        ask('mc-proxy', (channel) => channel.client(ProxyAdminServiceDefinition).addRoute({ route })),
      takeBack: () =>
        ask('mc-proxy', (channel) => channel.client(ProxyAdminServiceDefinition).removeRoute(route)),
    });
  });

  test('a route, and a record, of an owner that is no service', async () => {
    const routes = [{ hostname: LEAK, port: 9443, mode: RouteMode.L4, backend: '127.0.0.1:9' }];
    await expectSeen([/^routed: leaked route leak/, /^mc-proxy: leaked route leak/], {
      plant: () =>
        ask('routed', (channel) =>
          channel.client(RouteServiceDefinition).applyRoutes({ owner: OWNER, routes }),
        ),
      takeBack: () =>
        ask('routed', (channel) => channel.client(RouteServiceDefinition).releaseRoutes({ owner: OWNER })),
    });
    const records = [{ name: LEAK, type: RecordType.A, value: '127.0.0.1' }];
    await expectSeen([/^dnsd: leaked record leak/, /^MCNS: leaked record leak/, /^DNS: leaked name leak/], {
      plant: () =>
        ask('dnsd', (channel) =>
          channel.client(RecordServiceDefinition).applyRecords({ owner: OWNER, records }),
        ),
      takeBack: () =>
        ask('dnsd', (channel) => channel.client(RecordServiceDefinition).releaseRecords({ owner: OWNER })),
    });
  });

  test('a record in the zone', async () => {
    const zone = { zone: DOMAIN };
    let id = 0n;
    await expectSeen([/^MCNS: leaked record leak/, /^DNS: leaked name leak/], {
      plant: async () => {
        const { record } = await ask('mcns', (channel) =>
          channel
            .client(ZoneServiceDefinition)
            .createRecord({ record: { ...zone, name: 'leak', type: 'A', value: '127.0.0.9', ttl: 60 } }),
        );
        id = record!.id;
      },
      takeBack: () =>
        ask('mcns', (channel) => channel.client(ZoneServiceDefinition).deleteRecord({ ...zone, id })),
    });
  });

  test('a lease', async () => {
    await expectSeen([/^portd: leaked lease rift\/leak web\/web/], {
      plant: () =>
        ask('portd', (channel) =>
          channel
            .client(PortServiceDefinition)
            .leasePorts({ owner: OWNER, slots: [{ component: 'web', route: 'web' }] }),
        ),
      takeBack: () =>
        ask('portd', (channel) => channel.client(PortServiceDefinition).releasePorts({ owner: OWNER })),
    });
  });

  test('a certificate, and a file in the certificate folder', async () => {
    await expectSeen([/^certd: leaked certificate leak/, /^certificate folder: leaked file leak\.pem/], {
      plant: () =>
        ask('certd', (channel) =>
          channel
            .client(CertificateServiceDefinition)
            .ensureCertificates({ owner: OWNER, hostnames: [LEAK] }, { deadline: 30_000 }),
        ),
      takeBack: () =>
        ask('certd', (channel) =>
          channel.client(CertificateServiceDefinition).releaseCertificates({ owner: OWNER }),
        ),
    });
    const path = join(stack.layout.certificates, 'stray.key');
    await expectSeen([/^certificate folder: leaked file stray\.key/], {
      plant: async () => writeFileSync(path, ''),
      takeBack: async () => rmSync(path),
    });
  });

  test('a door that is closed', async () => {
    const { containers, dir } = stack.file();
    const name = `${namespaceOf(dir)}.charlie.web.1`;
    await expectSeen([/^engine: container charlie\/web is .* stopped/, /^TLS .*:443 is closed/], {
      // The agent would have it running again before anybody could look.
      async plant() {
        await stack.halt('agent');
        await askEngine(containers, { method: 'POST', path: `/containers/${name}/stop?t=1` });
      },
      async takeBack() {
        await askEngine(containers, { method: 'POST', path: `/containers/${name}/start` });
        stack.resume('agent');
      },
    });
  });
});

test(`twenty operations while processes are killed leave every service whole, seed ${SEED}`, async () => {
  const undeployed = await ask('agent', (channel) =>
    runOperation(channel, { service: 'charlie', action: { kind: 'undeploy' } }),
  );
  expect(undeployed).toMatchObject({ outcome: 'succeeded' });
  const lines: string[] = [];
  const result = await runFaults(stack.file, {
    seed: SEED,
    operations: 20,
    services: 5,
    targets: undefined,
    checkEvery: 20,
    signal: new AbortController().signal,
    onOperation: (done) => lines.push(formatOperation(done)),
    onCheck: () => undefined,
  });
  expect(result.done).toHaveLength(20);
  expect(result.violations.map(formatViolation), lines.join('\n')).toEqual([]);
}, 300_000);
