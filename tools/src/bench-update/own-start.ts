import { firstAnswer } from '../bench/first-answer.ts';
import { askEngine } from '../stack/engine-view.ts';
import { freePorts } from '../stack/ports.ts';

interface Template {
  Config: { Image: string; Env: string[]; User: string };
  HostConfig: {
    Binds: string[];
    NetworkMode: string;
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  };
}

/**
 * What replacing a container costs the engine alone: a copy of `name` runs, another is created, the first is
 * stopped, the second started, until it answers on every port. Returns milliseconds from the stop on; removes
 * the copies.
 */
export async function timePlainReplacement(
  engine: string,
  name: string,
  protocolOf: (variable: string) => 'http' | 'tls',
): Promise<number> {
  const template = await askEngine<Template>(engine, { path: `/containers/${name}/json` });
  const published = Object.values(template.HostConfig.PortBindings).flatMap((bindings) =>
    bindings.map(({ HostPort }) => HostPort),
  );
  const own = await freePorts(published.length);
  const portOf = new Map(published.map((port, index) => [port, String(own[index])]));
  const copies = [`plain-old-${name}`, `plain-new-${name}`];
  const body = copyOf(template, portOf);
  const untilAnswered = () =>
    Promise.all(
      body.Env.flatMap((line) => {
        const [variable = '', value = ''] = line.split('=');
        return variable.startsWith('PORT_') ? [firstAnswer(Number(value), protocolOf(variable))] : [];
      }),
    );
  const call = (path: string) => askEngine(engine, { method: 'POST', path, body });
  try {
    await call(`/containers/create?name=${copies[0]}`);
    await call(`/containers/${copies[0]}/start`);
    await untilAnswered();
    await call(`/containers/create?name=${copies[1]}`);
    const startedAt = performance.now();
    await call(`/containers/${copies[0]}/stop?t=5`);
    await call(`/containers/${copies[1]}/start`);
    await untilAnswered();
    return performance.now() - startedAt;
  } finally {
    for (const copy of copies)
      await askEngine(engine, { method: 'DELETE', path: `/containers/${copy}?force=true` }).catch(
        (error: unknown) => {
          if (!(error instanceof Error && error.message.includes(': 404 '))) throw error;
        },
      );
  }
}

/** The same container on other ports, inside and outside. */
function copyOf({ Config, HostConfig }: Template, portOf: ReadonlyMap<string, string>) {
  const moved = (port: string) => portOf.get(port) ?? port;
  const bindings = Object.entries(HostConfig.PortBindings).map(([inside, outside]) => {
    const [port = '', protocol] = inside.split('/');
    return [
      `${moved(port)}/${protocol}`,
      outside.map(({ HostIp, HostPort }) => ({ HostIp, HostPort: moved(HostPort) })),
    ] as const;
  });
  return {
    Image: Config.Image,
    User: Config.User,
    Env: Config.Env.map((line) => {
      const [variable, value = ''] = line.split('=');
      return /^PORT(_|$)/.test(variable ?? '') ? `${variable}=${moved(value)}` : line;
    }),
    ExposedPorts: Object.fromEntries(bindings.map(([inside]) => [inside, {}])),
    HostConfig: {
      Binds: HostConfig.Binds,
      NetworkMode: HostConfig.NetworkMode,
      PortBindings: Object.fromEntries(bindings),
    },
  };
}
