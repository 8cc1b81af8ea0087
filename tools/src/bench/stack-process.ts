import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../repository.ts';
import type { StackFile } from '../stack/stack.ts';

/** A stack in a process of its own, as `npm run stack` starts it. */
export interface StackProcess {
  /** From the start of the command to the line that says that the platform is up. */
  readyMs: number;
  file(): StackFile;
  stop(): Promise<void>;
}

/** Runs `npm run stack -- --dir DIR` and waits until it is up. Throws with its output when it ends before. */
export async function startStackProcess(dir: string): Promise<StackProcess> {
  const startedAt = performance.now();
  const child = spawn('npm', ['run', '--silent', 'stack', '--', '--dir', dir], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  await untilUp(child);
  const readyMs = performance.now() - startedAt;
  return {
    readyMs,
    file: () => JSON.parse(readFileSync(join(dir, 'stack.json'), 'utf8')) as StackFile,
    async stop() {
      const ended = once(child, 'exit');
      // npm, the shell and the stack are one group, as on a terminal.
      process.kill(-child.pid!, 'SIGINT');
      await ended;
    },
  };
}

async function untilUp(child: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      if (output.includes('The platform is up')) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`npm run stack ended with code ${code}: ${output}`)));
  });
}
