import { connect } from 'node:net';
import { join } from 'node:path';
import { poll } from '@mcp/daemon/wait';
import { layoutOf } from '../stack/layout.ts';
import type { StackFile } from '../stack/stack.ts';

const TIMEOUT_MS = 30_000;

/** Waits until every process of the stack takes connections. Throws with those that do not. */
export async function untilAllAnswer(file: () => StackFile): Promise<void> {
  let silent: string[] = [];
  const all = await poll(
    async () => {
      const sockets = socketsOf(file());
      const answers = await Promise.all(sockets.map(canConnect));
      silent = sockets.filter((_, index) => !answers[index]);
      return silent.length === 0 ? true : undefined;
    },
    { everyMs: 50, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal },
  );
  if (!all) throw new Error(`after ${TIMEOUT_MS / 1000} s nobody answers at ${silent.join(', ')}`);
}

function socketsOf({ processes, containers, dir }: StackFile): string[] {
  return [
    ...Object.values(processes).map(({ socket }) => socket),
    containers.replace('unix://', ''),
    join(layoutOf(dir).haproxy, 'admin.sock'),
  ];
}

function canConnect(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
