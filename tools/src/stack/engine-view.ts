import { request } from 'node:http';

/** What the engine itself says of a container. */
interface EngineContainer {
  Id: string;
  Names: string[];
  State: string;
  Labels: Record<string, string>;
}

/** Asks the engine's API; the path is without its version. Throws when the answer is an error. */
export function askEngine<Answer>(
  containers: string,
  { method = 'GET', path, body }: { method?: string; path: string; body?: unknown },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        socketPath: containers.replace('unix://', ''),
        method,
        path: `/v1.41${path}`,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if ((response.statusCode ?? 500) >= 400)
            reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          else resolve((text === '' ? undefined : JSON.parse(text)) as Answer);
        });
      },
    );
    call.on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A container in whole, as far as it is asked about here: what `GET /containers/{id}/json` says of it. */
export interface InspectedContainer {
  Name: string;
  Config: { Image: string; Env: string[]; ExposedPorts?: Record<string, object>; User: string };
  HostConfig: {
    Binds: string[];
    NetworkMode: string;
    Memory: number;
    PortBindings: Record<string, { HostIp: string; HostPort: string }[]>;
  };
}

/** Throws when there is no such container. */
export const inspectContainer = (containers: string, name: string): Promise<InspectedContainer> =>
  askEngine<InspectedContainer>(containers, { path: `/containers/${name}/json` });

/** Names of the containers, running or not, that an agent of this namespace made. */
export async function containersOf(containers: string, namespace: string): Promise<string[]> {
  const filters = JSON.stringify({ label: [`net.metacircular.mcp.namespace=${namespace}`] });
  const found = await askEngine<EngineContainer[]>(containers, {
    path: `/containers/json?all=true&filters=${encodeURIComponent(filters)}`,
  });
  return found.map(({ Names, Id }) => Names[0]?.replace(/^\//, '') ?? Id);
}

/** Removes the network that the stack's agent made. Fine when there is none. */
export async function removeNetwork(containers: string, name: string): Promise<void> {
  await askEngine(containers, { method: 'DELETE', path: `/networks/${name}` }).catch((error: unknown) => {
    if (!(error instanceof Error && error.message.includes(': 404 '))) throw error;
  });
}
