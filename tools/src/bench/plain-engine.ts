import { askEngine, type InspectedContainer } from '../stack/engine-view.ts';
import { firstAnswer } from './first-answer.ts';

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
      // The api component has two ports and does TLS itself, web is plain HTTP.
      const protocol = ports.length > 1 ? 'tls' : 'http';
      await Promise.all(ports.map((port) => firstAnswer(port, protocol)));
    }),
  );
  const elapsedMs = performance.now() - startedAt;
  await Promise.all(
    names.map((name) => askEngine(engine, { method: 'DELETE', path: `/containers/${name}?force=true` })),
  );
  return elapsedMs;
}
