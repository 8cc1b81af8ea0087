import { connect } from 'node:net';
import { request as requestHttp } from 'node:http';
import { connect as connectTls } from 'node:tls';

const RETRY_AFTER_MS = 5;
const GIVE_UP_AFTER_MS = 30_000;

/** Waits until a program answers on a port of this machine. Throws after 30 s. */
export async function firstAnswer(port: number, protocol: 'http' | 'tls'): Promise<void> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    if (await (protocol === 'tls' ? answersTls(port) : answersHttp(port))) return;
    if (performance.now() > deadline) throw new Error(`port ${port} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
  }
}

function answersTls(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls(
      { socket: connect(port, '127.0.0.1').on('error', () => resolve(false)), rejectUnauthorized: false },
      () => {
        socket.destroy();
        resolve(true);
      },
    );
    socket.on('error', () => resolve(false));
  });
}

function answersHttp(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const call = requestHttp({ host: '127.0.0.1', port, agent: false }, (response) => {
      response.resume();
      resolve(true);
    });
    call.on('error', () => resolve(false)).end();
  });
}
