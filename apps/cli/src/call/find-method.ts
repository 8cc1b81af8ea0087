import { CommandError } from '../exit.ts';
import type { Method } from './message-types.ts';

/** Finds "LeasePorts" or "mcp.portd.v1.PortService/LeasePorts". Throws CommandError (usage) naming what there is. */
export function findMethod(methods: readonly Method[], wanted: string): Method {
  const found = methods.filter((method) => method.name === wanted || fullName(method) === wanted);
  const [method] = found;
  if (!method) {
    const known = methods.map(({ name }) => name).join(', ');
    throw new CommandError('usage', 'usage', `no method ${wanted}; there are ${known}`);
  }
  if (found.length > 1) {
    throw new CommandError('usage', 'usage', `${wanted} is ambiguous: ${found.map(fullName).join(' or ')}`);
  }
  if (method.clientStreaming) {
    throw new CommandError(
      'usage',
      'usage',
      `${fullName(method)} takes a stream of requests, which mcp call cannot send`,
    );
  }
  return method;
}

/** "mcp.portd.v1.PortService/LeasePorts". */
export function fullName({ service, name }: Method): string {
  return `${service}/${name}`;
}
