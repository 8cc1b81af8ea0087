import { askEngine } from '../stack/engine-view.ts';

const LABEL = 'net.metacircular.mcp';

/** A container of the stack's namespace, as the engine itself shows it. */
export interface ContainerReading {
  id: string;
  name: string;
  service: string;
  component: string;
  generation: number;
  imageId: string;
  /** The engine's word: "running", "exited", "created", ... */
  state: string;
  /** Host ports that it publishes when it runs. */
  ports: number[];
}

interface Listed {
  Id: string;
  Names: string[];
  Labels: Record<string, string> | null;
}

interface Inspected {
  Image: string;
  State: { Status: string };
  HostConfig: { PortBindings: Record<string, { HostPort: string }[] | null> | null };
}

/** Everything that has the namespace's label, or a name as its agent gives them. */
export async function readContainers(engine: string, namespace: string): Promise<ContainerReading[]> {
  const all = await askEngine<Listed[]>(engine, { path: '/containers/json?all=true' });
  const own = all.filter(
    ({ Names, Labels }) =>
      Labels?.[`${LABEL}.namespace`] === namespace ||
      Names.some((name) => name.replace(/^\//, '').startsWith(`${namespace}.`)),
  );
  const readings = await Promise.all(
    own.map(async ({ Id, Names, Labels }): Promise<ContainerReading | undefined> => {
      const found = await inspect(engine, Id);
      if (!found) return undefined;
      const { Image, State, HostConfig } = found;
      return {
        id: Id,
        name: Names[0]?.replace(/^\//, '') ?? Id,
        service: Labels?.[`${LABEL}.service`] ?? '',
        component: Labels?.[`${LABEL}.component`] ?? '',
        generation: Number(Labels?.[`${LABEL}.generation`] ?? 0),
        imageId: withoutAlgorithm(Image),
        state: State.Status,
        ports: Object.values(HostConfig.PortBindings ?? {})
          .flatMap((bindings) => bindings ?? [])
          .map(({ HostPort }) => Number(HostPort))
          .sort((a, b) => a - b),
      };
    }),
  );
  return readings.filter((reading) => reading !== undefined);
}

/** Undefined for a container that was removed since it was listed. */
function inspect(engine: string, id: string): Promise<Inspected | undefined> {
  return askEngine<Inspected>(engine, { path: `/containers/${id}/json` }).catch((error: unknown) => {
    // Podman answers 500 for one that goes while it is looked at.
    if (error instanceof Error && /: 404 |no such container/.test(error.message)) return undefined;
    throw error;
  });
}

/** The id of every image reference; "" for one that is not there. */
export async function readImageIds(
  engine: string,
  references: readonly string[],
): Promise<Map<string, string>> {
  return new Map(
    await Promise.all(
      references.map(async (reference) => {
        const id = await askEngine<{ Id: string }>(engine, { path: `/images/${reference}/json` }).then(
          ({ Id }) => withoutAlgorithm(Id),
          () => '',
        );
        return [reference, id] as const;
      }),
    ),
  );
}

function withoutAlgorithm(id: string): string {
  return id.replace(/^sha256:/, '');
}
