import { label } from './options.ts';

/** What can become of a container. */
const actions = [
  'create',
  'start',
  'restart',
  'pause',
  'unpause',
  'rename',
  'oom',
  'stop',
  'die',
  'remove',
] as const;

/** Something that happened to a container of this node. */
export interface ContainerEvent {
  /** By the engine's clock. */
  time: Date;
  action: (typeof actions)[number];
  service: string;
  component: string;
  name: string;
  /** The operation that created the container. */
  operation: string;
  /** Of 'die'. */
  exitCode: number | undefined;
}

/** Whose containers are meant. */
export interface ContainerOwner {
  node: string;
  /** Of the agent, see the configuration. */
  namespace: string;
}

/**
 * Takes the engine's event stream apart: JSON objects, one a line (Docker API: "Monitor events").
 * What is no event of a container of `owner`'s is left out, and so are commands run in containers,
 * which health checks are. A last line without an end is half an event, and left out too.
 */
export async function* parseEngineEvents(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  owner: ContainerOwner,
): AsyncGenerator<ContainerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = toContainerEvent(parse(line), owner);
      if (event) yield event;
    }
  }
}

interface EngineEvent {
  Type?: string;
  Action?: string;
  Actor?: { Attributes?: Record<string, string | undefined> };
  timeNano?: number;
}

function parse(line: string): EngineEvent {
  try {
    return (JSON.parse(line) ?? {}) as EngineEvent;
  } catch {
    return {};
  }
}

// Podman takes a container when any one of several label filters matches, Docker when all of them
// do, so the labels are compared here.
function toContainerEvent(
  { Type, Action, Actor, timeNano = 0 }: EngineEvent,
  { node, namespace }: ContainerOwner,
): ContainerEvent | undefined {
  const of = Actor?.Attributes ?? {};
  // Docker's last word on a container, where Podman says "remove".
  const word = Action === 'destroy' ? 'remove' : Action;
  const action = actions.find((each) => each === word);
  if (!action || Type !== 'container' || of[label.node] !== node || of[label.namespace] !== namespace)
    return undefined;
  return {
    time: new Date(timeNano / 1e6),
    action,
    service: of[label.service] ?? '',
    component: of[label.component] ?? '',
    name: of['name'] ?? '',
    operation: of[label.operation] ?? '',
    exitCode: action === 'die' ? Number(of['exitCode'] ?? of['containerExitCode'] ?? 0) : undefined,
  };
}
