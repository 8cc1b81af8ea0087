import { execFile } from 'node:child_process';

/** What a program printed, and how it ended. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 60_000;

/** Runs a program to its end with the given input. Never throws for an exit code; throws when it cannot be started. */
export function runProgram(
  command: string,
  args: readonly string[],
  { env = {}, input = '' }: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      { env: { ...process.env, ...env }, timeout: TIMEOUT_MS, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number' && !error.killed)
          reject(new Error(`${command} cannot be run`, { cause: error }));
        else
          resolve({ code: typeof error?.code === 'number' ? error.code : error ? 124 : 0, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}
