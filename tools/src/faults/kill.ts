import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { layoutOf } from '../stack/layout.ts';
import type { StackFile } from '../stack/stack.ts';
import { killTargets, type Kill, type KillTarget } from './schedule.ts';

/** A kill that was carried out. `hit` is false when the process was not running at that moment. */
export interface DoneKill extends Kill {
  hit: boolean;
}

/** What can be killed here: the engine only when the stack started it. */
export function possibleTargets({ containersPid }: StackFile): KillTarget[] {
  return killTargets.filter((target) => target !== 'podman' || containersPid !== undefined);
}

/** Sends SIGKILL when its time has come. */
export async function killLater(file: () => StackFile, kill: Kill): Promise<DoneKill> {
  await delay(kill.afterMs);
  const pid = pidOf(file(), kill.target);
  return { ...kill, hit: pid !== undefined && sendKill(pid) };
}

function pidOf(stack: StackFile, target: KillTarget): number | undefined {
  if (target === 'podman') return stack.containersPid;
  if (target === 'haproxy') return haproxyPid(stack);
  return stack.processes[target].pid;
}

function haproxyPid({ dir }: StackFile): number | undefined {
  const path = join(layoutOf(dir).haproxy, 'haproxy.pid');
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  // The file outlives the process, and its number may be another's by then.
  return pid > 0 && commandLine(pid).includes(path.replace('.pid', '.cfg')) ? pid : undefined;
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function sendKill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
