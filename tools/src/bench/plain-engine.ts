import { connect } from 'node:net';
import { request as requestHttp } from 'node:http';
import { connect as connectTls } from 'node:tls';
import { askEngine, type InspectedContainer } from '../stack/engine-view.ts';

/**
 * Creates and starts copies of containers through the engine's API alone, side by side, and
 * waits for the first answer on each of their ports. Returns milliseconds; removes the copies.
 */
export async function timePlainStart(
  engine: string,
  templates: readonly InspectedContainer[],
): Promise<number> {
  const names = templates.map(({ Name }) => `plain-${Name.replace(/^\//, '')}`);
  const startedAt = performance.now();
  await Promise.all(
    templates.map(async ({ Config, HostConfig }, index) => {
      const body = {
        Image: Config.Image,
        Env: Config.Env,
        User: Config.User,
        ExposedPorts: Config.ExposedPorts ?? {},
        HostConfig: {
          Binds: HostConfig.Binds,
          NetworkMode: HostConfig.NetworkMode,
          PortBindings: HostConfig.PortBindings,
        },
      };
      await askEngine(engine, { method: 'POST', path: `/containers/create?name=${names[index]}`, body });
      await askEngine(engine, { method: 'POST', path: `/containers/${names[index]}/start` });
      const ports = Object.values(HostConfig.PortBindings).flatMap((bindings) =>
        bindings.map(({ HostPort }) => Number(HostPort)),
      );
      await Promise.all(ports.map((port) => firstAnswer(port, ports.length > 1)));
    }),
  );
  const elapsedMs = performance.now() - startedAt;
  await Promise.all(
    names.map((name) => askEngine(engine, { method: 'DELETE', path: `/containers/${name}?force=true` })),
  );
  return elapsedMs;
}

const RETRY_AFTER_MS = 5;
const GIVE_UP_AFTER_MS = 30_000;

/** The api component does TLS itself, web is plain HTTP. */
async function firstAnswer(port: number, tls: boolean): Promise<void> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    if (await (tls ? answersTls(port) : answersHttp(port))) return;
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
