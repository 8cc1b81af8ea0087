import { mkdir } from 'node:fs/promises';
import type Docker from 'dockerode';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { ServiceError } from '@mcp/daemon/errors';
import { engineError, statusOf, withDeadline } from './engine-call.ts';
import { parseEngineEvents, type ContainerEvent } from './engine-events.ts';
import { label, type WantedContainer } from './options.ts';
import { demultiplex, type LogLine } from './log-stream.ts';

/** A container as the engine shows it. */
export interface ObservedContainer {
  id: string;
  name: string;
  service: string;
  component: string;
  generation: number;
  specHash: string;
  /** The operation that made it. */
  operation: string;
  image: string;
  running: boolean;
  /** Every label, see options.ts. */
  labels: Record<string, string>;
}

/** What is known of one container's process. */
export interface ContainerProcess {
  running: boolean;
  startedAt: Date | undefined;
  exitCode: number;
  restartCount: number;
}

export interface LogOptions {
  follow: boolean;
  /** At most this many last lines; 0 for all. */
  tail: number;
  since: Date | undefined;
  signal: AbortSignal;
}

/**
 * The container engine (Podman or Docker), over the Docker API. Every method throws
 * unavailable when the engine does not answer and failed_precondition when it refuses.
 */
export interface Containers {
  /** This node's containers, running or not; of one service when it is given. */
  list(service?: string): Promise<ObservedContainer[]>;
  /** The id of the image, or undefined when it is not there. */
  findImage(reference: string): Promise<string | undefined>;
  /** The id of the image, pulled when it is not there. Throws failed_precondition when it cannot be had. */
  ensureImage(reference: string): Promise<string>;
  /** Makes the network when it is missing. Safe to repeat. */
  ensureNetwork(name: string): Promise<void>;
  /** Creates a container; one of the same name and hash is taken as it is. Returns its id. */
  create(wanted: WantedContainer): Promise<string>;
  /** Starting what runs does nothing. */
  start(name: string): Promise<void>;
  /** Stopping what is stopped, or gone, does nothing. */
  stop(name: string): Promise<void>;
  restart(name: string): Promise<void>;
  /** Removes a container with force; one that is gone already is fine. */
  remove(name: string): Promise<void>;
  process(name: string): Promise<ContainerProcess | undefined>;
  /** Runs a command in a container and returns its exit code. Throws unavailable when it takes longer. */
  run(name: string, command: readonly string[], timeoutMs: number): Promise<number>;
  logs(name: string, options: LogOptions): AsyncIterable<LogLine>;
  /**
   * What happens to this node's containers from now on. Ends when the signal is aborted, and when the
   * engine ends the stream: ask again, and look at what happened in between. An engine that has
   * nothing to tell cannot be told from one that does not answer, so there is no deadline.
   */
  events(signal: AbortSignal): AsyncIterable<ContainerEvent>;
  /** The engine's version. */
  version(): Promise<string>;
}

export interface ContainersOptions {
  /** Absolute path of the Docker API socket. */
  socket: string;
  node: string;
  /** Of the agent, see the configuration. */
  namespace: string;
  stopTimeoutS: number;
}

/** Beside the grace of a container that is stopped. */
const CALL_TIMEOUT_MS = 60_000;
const PULL_TIMEOUT_MS = 15 * 60_000;

export function createContainers({ socket, node, namespace, stopTimeoutS }: ContainersOptions): Containers {
  let loaded: Promise<Docker> | undefined;
  // dockerode takes 200 ms and 65 MiB to load, so it is loaded when it is first needed.
  const engine = () =>
    (loaded ??= import('dockerode').then(({ default: Engine }) => new Engine({ socketPath: socket })));

  async function ask<Result>(
    doing: string,
    call: (docker: Docker) => Promise<Result>,
    timeoutMs = CALL_TIMEOUT_MS + stopTimeoutS * 1000,
  ): Promise<Result> {
    const docker = await engine();
    try {
      return await withDeadline(call(docker), timeoutMs);
    } catch (cause) {
      throw engineError(cause, doing, socket);
    }
  }

  /** Like ask, for calls whose subject may be gone, or in the wanted state, already. */
  function askUnless<Result>(
    statuses: readonly number[],
    doing: string,
    call: (docker: Docker) => Promise<Result>,
  ): Promise<Result | undefined> {
    return ask(doing, (docker) =>
      call(docker).catch((error: unknown) => {
        if (statuses.includes(statusOf(error) ?? 0)) return undefined;
        throw error;
      }),
    );
  }

  const inspect = (name: string) =>
    askUnless([404], `inspect container ${name}`, (docker) => docker.getContainer(name).inspect());

  const findImage = async (reference: string) =>
    (await askUnless([404], `inspect image ${reference}`, (docker) => docker.getImage(reference).inspect()))
      ?.Id;

  async function pull(reference: string): Promise<void> {
    await ask(
      `pull image ${reference}`,
      async (docker) => {
        const stream = await docker.pull(reference);
        await new Promise<void>((resolve, reject) => {
          docker.modem.followProgress(stream, (error, messages: { error?: string }[] | null) => {
            // Podman answers 200 and reports the refusal as the last message of the stream.
            const refusal = messages?.find((message) => message.error !== undefined)?.error;
            if (error ?? refusal) reject(error ?? Object.assign(new Error(refusal), { statusCode: 404 }));
            else resolve();
          });
        });
      },
      PULL_TIMEOUT_MS,
    ).catch((cause: unknown) => {
      if (cause instanceof ServiceError && cause.code === 'unavailable') throw cause;
      throw new ServiceError(
        'failed_precondition',
        `image ${reference} is not on this node and cannot be pulled: build or push it, or correct the version`,
        { cause },
      );
    });
  }

  return {
    async list(service) {
      const own = [`${label.node}=${node}`, `${label.namespace}=${namespace}`];
      const wanted = service === undefined ? own : [...own, `${label.service}=${service}`];
      const found = await ask('list containers', (docker) =>
        docker.listContainers({ all: true, filters: { label: wanted } }),
      );
      return found.map(toObserved);
    },
    findImage,
    async ensureImage(reference) {
      const present = await findImage(reference);
      if (present !== undefined) return present;
      await pull(reference);
      const pulled = await findImage(reference);
      if (pulled !== undefined) return pulled;
      throw new ServiceError('failed_precondition', `image ${reference} was pulled but is not there`);
    },
    async ensureNetwork(name) {
      if (['host', 'none', 'bridge', 'podman'].includes(name)) return;
      const isThere = async () =>
        (await askUnless([404], `inspect network ${name}`, (docker) => docker.getNetwork(name).inspect())) !==
        undefined;
      if (await isThere()) return;
      await ask(`create network ${name}`, (docker) => docker.createNetwork({ Name: name })).catch(
        async (error: unknown) => {
          // Two services that are deployed at once make it at once; Podman answers 500 to the second.
          if (!(await isThere())) throw error;
        },
      );
    },
    async create({ name, specHash, options }) {
      const existing = await inspect(name);
      if (existing?.Config.Labels[label.specHash] === specHash) return existing.Id;
      if (existing) await this.remove(name);
      for (const bind of options.HostConfig?.Binds ?? [])
        await mkdir(bind.split(':')[0]!, { recursive: true });
      const container = await ask(`create container ${name}`, (docker) => docker.createContainer(options));
      return container.id;
    },
    async start(name) {
      await askUnless([304], `start container ${name}`, (docker) => docker.getContainer(name).start());
    },
    async stop(name) {
      await askUnless([304, 404], `stop container ${name}`, (docker) =>
        docker.getContainer(name).stop({ t: stopTimeoutS }),
      );
    },
    async restart(name) {
      await ask(`restart container ${name}`, (docker) =>
        docker.getContainer(name).restart({ t: stopTimeoutS }),
      );
    },
    async remove(name) {
      // Podman answers 500 to the removal of a running container without force.
      await askUnless([404], `remove container ${name}`, (docker) =>
        docker.getContainer(name).remove({ force: true }),
      );
    },
    async process(name) {
      const info = await inspect(name);
      return info && toProcess(info);
    },
    run: (name, command, timeoutMs) => {
      const work = async (docker: Docker) => {
        const exec = await docker
          .getContainer(name)
          .exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
        const output = await exec.start({});
        await new Promise((resolve, reject) => output.on('end', resolve).on('error', reject).resume());
        return (await exec.inspect()).ExitCode ?? 0;
      };
      return ask(`run ${command[0]} in container ${name}`, work, timeoutMs);
    },
    async *logs(name, { follow, tail, since, signal }) {
      const options = {
        stdout: true as const,
        stderr: true as const,
        timestamps: true,
        ...(tail > 0 ? { tail } : {}),
        ...(since ? { since: since.getTime() / 1000 } : {}),
      };
      const doing = `read logs of container ${name}`;
      if (!follow) {
        const content = await ask(doing, (docker) =>
          docker.getContainer(name).logs({ ...options, follow: false }),
        );
        yield* demultiplex([content]);
        return;
      }
      const stream = await ask(doing, (docker) =>
        docker.getContainer(name).logs({ ...options, follow: true }),
      );
      const end = () => 'destroy' in stream && typeof stream.destroy === 'function' && stream.destroy();
      signal.addEventListener('abort', end, { once: true });
      try {
        yield* demultiplex(stream as AsyncIterable<Buffer>);
      } catch (error) {
        if (!signal.aborted) throw engineError(error, doing, socket);
      } finally {
        signal.removeEventListener('abort', end);
        end();
      }
    },
    async *events(signal) {
      const docker = await engine();
      // Not through ask: Podman sends not even headers before it has an event.
      const options = {
        filters: { type: ['container' as const], label: [`${label.node}=${node}`] },
        abortSignal: signal,
      };
      try {
        const stream = await docker.getEvents(options);
        yield* parseEngineEvents(stream as AsyncIterable<Buffer>, { node, namespace });
      } catch (cause) {
        if (!signal.aborted) throw engineError(cause, 'follow container events', socket);
      }
    },
    version: () => ask('ask for the version', async (docker) => (await docker.version()).Version),
  };
}

function toObserved({ Id, Names, Labels, Image, State }: ContainerInfo): ObservedContainer {
  return {
    id: Id,
    name: Names[0]?.replace(/^\//, '') ?? Id,
    service: Labels[label.service] ?? '',
    component: Labels[label.component] ?? '',
    generation: Number(Labels[label.generation] ?? 0),
    specHash: Labels[label.specHash] ?? '',
    operation: Labels[label.operation] ?? '',
    image: Labels[label.image] ?? Image,
    running: State === 'running',
    labels: Labels,
  };
}

function toProcess({ State, RestartCount }: ContainerInspectInfo): ContainerProcess {
  const startedAt = new Date(State.StartedAt);
  return {
    running: State.Running,
    startedAt: State.Running && startedAt.getTime() > 0 ? startedAt : undefined,
    exitCode: State.ExitCode,
    restartCount: RestartCount ?? 0,
  };
}
