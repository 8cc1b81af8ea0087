import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClientOptions, ClientReport, FromClient } from './client/options.ts';

/** A load client that runs. */
export interface LoadClient {
  /** Stops sending, waits for the last answers, and returns what was seen. */
  stop(): Promise<ClientReport>;
  /** Ends it whatever it does. Fine when it has ended. */
  kill(): void;
}

/** Starts the load client in a process of its own and waits until it sends. */
export async function startClient(options: ClientOptions): Promise<LoadClient> {
  const child = fork(fileURLToPath(new URL('client/main.ts', import.meta.url)), [JSON.stringify(options)], {
    execArgv: [],
    // Standard error is this process's: what the client dies of must be seen.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the load client ended with code ${String(code)} before its report`);
  });
  ended.catch(() => undefined);
  const next = async (): Promise<FromClient> => {
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [FromClient];
    return message;
  };
  await next();
  return {
    async stop() {
      const answer = next();
      child.send('stop');
      const message = await answer;
      if (message.type !== 'report') throw new Error('the load client answers with something else');
      return message.report;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
