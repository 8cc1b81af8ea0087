import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openChannel, type Channel } from '@mcp/daemon/client';
import { AgentServiceDefinition, EventKind } from '@mcp/proto/agent';
import { ProxyAdminServiceDefinition } from '@mcp/proto/mc-proxy';
import { RecordServiceDefinition } from '@mcp/proto/mcns';
import { poll } from '@mcp/daemon/wait';
import { audit } from '../audit/audit.ts';
import { readContainers } from '../audit/engine.ts';
import { readRegistry } from '../audit/registry.ts';
import { formatViolation } from '../audit/violation.ts';
import { doorsOf, serviceNames, type Version } from '../faults/definitions.ts';
import { runOperation, type Ending } from '../faults/run-operation.ts';
import type { Action } from '../faults/schedule.ts';
import { settle } from '../faults/settle.ts';
import { askEngine } from '../stack/engine-view.ts';
import { DOMAIN, type ProgramName } from '../stack/layout.ts';
import { namespaceOf, type Stack } from '../stack/stack.ts';
import { startOwnStack } from './own-stack.ts';

const SERVICES = serviceNames(6);
const DOORS = doorsOf(SERVICES);
/** A sweep of the agent, then what it begins. */
const REPAIRED_WITHIN_MS = 90_000;
const TEST_TIMEOUT_MS = REPAIRED_WITHIN_MS + 30_000;

let stack: Stack;
beforeAll(async () => {
  const own = await startOwnStack();
  stack = own.stack;
  await Promise.all(SERVICES.map((service) => must(service, { kind: 'deploy', version: 'v1' })));
  return own.discard;
});

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

async function must(service: string, action: Action): Promise<Ending> {
  const ending = await ask('agent', (channel) => runOperation(channel, { service, action }));
  expect(ending, service).toMatchObject({ outcome: expect.stringMatching(/^(succeeded|up to date)$/) });
  return ending;
}

/** Expects that everything is right again in time, whoever puts it right. */
async function expectWhole(): Promise<void> {
  const { violations } = await settle(stack.file, { doors: DOORS, timeoutMs: REPAIRED_WITHIN_MS });
  expect(violations.map(formatViolation)).toEqual([]);
}

/** What is not right about one service. */
async function wrongWith(service: string): Promise<string[]> {
  const lines = (await audit(stack.file(), DOORS)).map(formatViolation);
  return lines.filter((line) => line.includes(service) || line.startsWith('audit:'));
}

/** Expects that everything about one service is right again in time. */
async function expectServiceWhole(service: string): Promise<void> {
  let wrong: string[] = [];
  const isWhole = async () => ((wrong = await wrongWith(service)).length === 0 ? true : undefined);
  await poll(isWhole, { everyMs: 500, timeoutMs: REPAIRED_WITHIN_MS, signal: new AbortController().signal });
  expect(wrong).toEqual([]);
}

/** Name, id and state of every container there is. */
async function containers(): Promise<string[]> {
  const { containers: engine, dir } = stack.file();
  return (await readContainers(engine, namespaceOf(dir)))
    .map(({ name, id, state }) => `${name} ${id} ${state}`)
    .sort();
}

function engine<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  return askEngine(stack.file().containers, { method, path, body });
}

/** The container that serves a component, as the registry names it. */
function containerOf(service: string, component: string): string {
  const found = readRegistry(stack.layout.database('agent')).services.find(({ name }) => name === service);
  return found!.containers.find((each) => each.component === component)!.name;
}

/** The SQLite file of a program, and what belongs to it. */
function databaseFiles(program: ProgramName): { main: string; wal: string; shm: string } {
  const main = stack.layout.database(program);
  return { main, wal: `${main}-wal`, shm: `${main}-shm` };
}

/** Changes the files of a program while it is down: killed, not stopped. */
async function whileDown(program: ProgramName, change: () => void): Promise<void> {
  await stack.halt(program);
  try {
    change();
  } finally {
    stack.resume(program);
  }
}

function removeDatabase(program: ProgramName): void {
  for (const file of Object.values(databaseFiles(program))) rmSync(file, { force: true });
}

describe('what is changed by hand is put back', () => {
  test.concurrent(
    'a container that is removed: one that is the same, not two',
    async () => {
      const name = containerOf('alpha', 'web');
      await engine('DELETE', `/containers/${name}?force=true`);
      await expectServiceWhole('alpha');
    },
    TEST_TIMEOUT_MS,
  );

  test.concurrent(
    'a container that is stopped: it runs again',
    async () => {
      await engine('POST', `/containers/${containerOf('bravo', 'web')}/stop?t=1`);
      await expectServiceWhole('bravo');
    },
    TEST_TIMEOUT_MS,
  );

  test.concurrent(
    'routes that are removed from the proxy',
    async () => {
      const hostname = `charlie.${DOMAIN}`;
      for (const port of [443, 8443]) {
        const { removed } = await ask('mc-proxy', (channel) =>
          channel.client(ProxyAdminServiceDefinition).removeRoute({ hostname, port }),
        );
        expect(removed).toBe(true);
      }
      await expectServiceWhole('charlie');
    },
    TEST_TIMEOUT_MS,
  );

  test.concurrent(
    'a record that is deleted in the zone',
    async () => {
      await ask('mcns', async (channel) => {
        const zone = channel.client(RecordServiceDefinition);
        const { records } = await zone.listRecords({ zone: DOMAIN });
        const deleted = records.find(({ name }) => name === 'echo-two')!;
        await zone.deleteRecord({ zone: DOMAIN, id: deleted.id });
      });
      await expectServiceWhole('echo');
    },
    TEST_TIMEOUT_MS,
  );

  test.concurrent(
    'a record that is changed in the zone: the right one is back, and the other gone, or named with what to do',
    async () => {
      const wrongValue = '127.0.0.66';
      const id = await ask('mcns', async (channel) => {
        const zone = channel.client(RecordServiceDefinition);
        const { records } = await zone.listRecords({ zone: DOMAIN });
        const record = records.find(({ name }) => name === 'foxtrot')!;
        await zone.updateRecord({ record: { ...record, value: wrongValue } });
        return record.id;
      });
      const isGoneOrNamed = async () => {
        if ((await wrongWith('foxtrot')).length === 0) return 'gone';
        const { problems } = await ask('agent', (channel) =>
          channel.client(AgentServiceDefinition).getService({ service: 'foxtrot' }),
        );
        return problems.some(({ message }) => message.includes(wrongValue)) ? 'named' : undefined;
      };
      const signal = new AbortController().signal;
      try {
        const ended = await poll(isGoneOrNamed, { everyMs: 500, timeoutMs: REPAIRED_WITHIN_MS, signal });
        expect(ended).toMatch(/^(gone|named)$/);
      } finally {
        // To the platform it may be somebody else's record: who made it removes it.
        await ask('mcns', (channel) =>
          channel.client(RecordServiceDefinition).deleteRecord({ zone: DOMAIN, id }),
        ).catch(() => undefined);
      }
      await expectServiceWhole('foxtrot');
    },
    TEST_TIMEOUT_MS,
  );

  test.concurrent(
    'a certificate file that is deleted',
    async () => {
      rmSync(join(stack.layout.certificates, 'delta.pem'));
      try {
        await expectServiceWhole('delta');
      } finally {
        // It looks at its files when it starts: what fails here is not to fail in every test that follows.
        await whileDown('certd', () => undefined);
      }
    },
    TEST_TIMEOUT_MS,
  );
});

test(
  'a second container with our labels, started by hand, is removed or named, and gets no traffic',
  async () => {
    const { dir } = stack.file();
    const name = `${namespaceOf(dir)}.alpha.web.77`;
    const { Config } = await engine<{ Config: { Labels: Record<string, string> } }>(
      'GET',
      `/containers/${containerOf('alpha', 'web')}/json`,
    );
    const Labels = { ...Config.Labels, 'net.metacircular.mcp.generation': '77' };
    await engine('POST', `/containers/create?name=${name}`, { Image: 'localhost/mcp-traffic:v1', Labels });
    await engine('POST', `/containers/${name}/start`);
    const isRemovedOrNamed = async () => {
      if (!(await containers()).some((line) => line.startsWith(`${name} `))) return true;
      const { events } = await ask('agent', (channel) =>
        channel.client(AgentServiceDefinition).listEvents({ service: 'alpha' }),
      );
      return events.some(({ kind, message }) => kind === EventKind.FOREIGN && message.includes(name));
    };
    try {
      await expect.poll(isRemovedOrNamed, { timeout: REPAIRED_WITHIN_MS, interval: 500 }).toBe(true);
      const seen = (await audit(stack.file(), DOORS)).map(formatViolation);
      expect(seen.filter((line) => !line.startsWith('engine: '))).toEqual([]);
    } finally {
      // Whether the agent removes it or leaves that to the operator, removing it is right.
      await engine('DELETE', `/containers/${name}?force=true`).catch(() => undefined);
    }
    await expectWhole();
  },
  TEST_TIMEOUT_MS,
);

describe('the agent loses its registry', () => {
  let before: string[];
  beforeAll(async () => {
    // One that is stopped: nothing may start it.
    await must('foxtrot', { kind: 'stop' });
  });
  beforeEach(async () => {
    await expectWhole();
    before = await containers();
  });

  /** The registry knows every service again, nothing was started, and a deploy finds nothing to do. */
  async function expectRebuilt(version: Version): Promise<void> {
    await expectWhole();
    expect(await containers()).toEqual(before);
    const { services } = readRegistry(stack.layout.database('agent'));
    expect(services.map(({ name }) => name)).toEqual(SERVICES);
    expect(services.filter(({ active }) => !active).map(({ name }) => name)).toEqual(['foxtrot']);
    expect(await must('charlie', { kind: 'deploy', version })).toMatchObject({ outcome: 'up to date' });
  }

  /**
   * For damage that SQLite may or may not be able to live with: everything is right again, or the agent says
   * which file is broken and what to do; removing it is then what helps. Never a second copy.
   */
  async function expectRightOrTold(): Promise<void> {
    const { violations } = await settle(stack.file, { doors: DOORS, timeoutMs: 20_000 });
    if (violations.length > 0) {
      const { main } = databaseFiles('agent');
      const log = readFileSync(stack.layout.log('agent'), 'utf8').trimEnd().split('\n').slice(-20).join('\n');
      expect(log).toContain(main);
      expect(log).toMatch(/remove|move|delete|restore/i);
      expect(await containers()).toEqual(before);
      await whileDown('agent', () => removeDatabase('agent'));
    }
    await expectWhole();
    expect(await containers()).toEqual(before);
  }

  test(
    'the file is deleted',
    async () => {
      await whileDown('agent', () => removeDatabase('agent'));
      await expectRebuilt('v1');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'the file is empty',
    async () => {
      await whileDown('agent', () => {
        removeDatabase('agent');
        writeFileSync(databaseFiles('agent').main, '');
      });
      await expectRebuilt('v1');
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'the file is cut in half',
    async () => {
      await whileDown('agent', () => {
        const { main } = databaseFiles('agent');
        // Everything from the write-ahead log into the file first: it would make up for what is cut.
        const database = new Database(main);
        database.pragma('wal_checkpoint(TRUNCATE)');
        database.close();
        truncateSync(main, Math.floor(statSync(main).size / 2));
      });
      await expectRightOrTold();
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'its write-ahead log is cut in half: what was last recorded is gone',
    async () => {
      await must('charlie', { kind: 'deploy', version: 'v2' });
      before = await containers();
      await whileDown('agent', () => {
        const { wal } = databaseFiles('agent');
        if (existsSync(wal)) truncateSync(wal, Math.floor(statSync(wal).size / 2));
      });
      await expectRightOrTold();
      await must('charlie', { kind: 'deploy', version: 'v1' });
    },
    TEST_TIMEOUT_MS,
  );
});

describe('a daemon loses its database, and is told again what there should be', () => {
  test.each<ProgramName>(['portd', 'certd', 'routed', 'dnsd'])(
    '%s',
    async (program) => {
      // Also what was not put back after the loss before.
      for (const kind of ['start', 'stop'] as const) await must('foxtrot', { kind });
      await expectWhole();
      await whileDown(program, () => removeDatabase(program));
      await expectWhole();
      const { services } = readRegistry(stack.layout.database('agent'));
      expect(services.map(({ name }) => name)).toEqual(SERVICES);
    },
    2 * TEST_TIMEOUT_MS,
  );
});

test('a definition that is deployed after all that is up to date or deployed', async () => {
  for (const service of SERVICES) await must(service, { kind: 'deploy', version: 'v1' });
  await expectWhole();
});
