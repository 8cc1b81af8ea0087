import { text as readAll } from 'node:stream/consumers';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { parseAddress } from '@mcp/daemon/address';
import { openChannel, type Channel, type Endpoint } from '@mcp/daemon/client';
import { ClientError, Status } from 'nice-grpc-common';
import { connectionFailure } from '@mcp/daemon/errors';
import { codecOf, fileSetCodec, messageOptions } from '../call/codec.ts';
import { findMethod, fullName } from '../call/find-method.ts';
import { fromJson, JsonMessageError, toJson } from '../call/json-message.ts';
import { collectMethods, collectTypes, type Method } from '../call/message-types.ts';
import { createReflection, type DescribedFile } from '../call/reflection.ts';
import { readConfig, type Config } from '../config.ts';
import { CommandError } from '../exit.ts';
import type { GlobalOptions } from '../global-options.ts';
import { interruptSignal } from '../interrupt.ts';
import { printJson, printLines } from '../output.ts';

const UNARY_DEADLINE_MS = 30_000;

/**
 * Calls a method of a daemon with a JSON request and prints its response, or each response of
 * a stream on a line of its own; without a method, prints the methods there are.
 */
export async function call(
  daemon: string,
  methodName: string | undefined,
  json: string | undefined,
  options: GlobalOptions,
): Promise<void> {
  const endpoint = endpointOf(readConfig(options.config), daemon);
  const request = parseJson(json === '-' ? await readAll(process.stdin) : (json ?? '{}'));
  const channel = openChannel(endpoint);
  const signal = interruptSignal();
  try {
    const reflection = createReflection(channel);
    const services = await reflection.services();
    const files = await reflection.describe(services);
    const declared = collectMethods(files.map(({ file }) => file));
    const methods = declared.filter(({ service }) => services.includes(service));
    if (methodName === undefined) return listMethods(methods, options);
    await callMethod(channel, { files, method: findMethod(methods, methodName), request }, signal);
  } catch (error) {
    if (!signal.aborted) throw explain(error, daemon, endpoint);
  } finally {
    channel.close();
  }
}

async function callMethod(
  channel: Channel,
  { files, method, request }: { files: readonly DescribedFile[]; method: Method; request: unknown },
  signal: AbortSignal,
): Promise<void> {
  const types = collectTypes(files.map(({ file }) => file));
  const message = fromJson(request, method.input, types);
  const set = fileSetCodec.encode({ files: files.map(({ bytes }) => bytes) });
  const loaded = loadFileDescriptorSetFromBuffer(Buffer.from(set), messageOptions);
  const input = codecOf(loaded, method.input.slice(1));
  const output = codecOf(loaded, method.output.slice(1));
  const client = channel.client({
    // On the wire a single response is a stream of one.
    call: {
      path: `/${fullName(method)}`,
      requestStream: false,
      responseStream: true,
      requestSerialize: (value: object) => input.encode(value),
      requestDeserialize: (bytes: Uint8Array) => input.decode(bytes),
      responseSerialize: (value: object) => output.encode(value),
      responseDeserialize: (bytes: Uint8Array) => output.decode(bytes),
      options: {},
    },
  } as const);
  const limit = method.serverStreaming ? {} : { deadline: UNARY_DEADLINE_MS };
  for await (const response of client.call(message, { signal, ...limit })) {
    printJson(toJson(response, method.output, types), method.serverStreaming ? 'line' : 'document');
  }
}

function listMethods(methods: readonly Method[], { json }: GlobalOptions): void {
  if (json === true) {
    printJson(methods.map((method) => ({ method: fullName(method), request: method.input.slice(1) })));
  } else printLines(methods.map(fullName));
}

/** An address, the name of a daemon of `[daemons]`, or the name of a node for its agent. */
function endpointOf(config: Config, daemon: string): Endpoint {
  const token_path = config.auth.token_path;
  const node = config.nodes.find(({ name }) => name === daemon);
  const address = config.daemons[daemon] ?? node?.address ?? daemon;
  if (isAddress(address)) return { address, ca_cert: node?.ca_cert, token_path };
  const known =
    [...Object.keys(config.daemons), ...config.nodes.map(({ name }) => name)].join(', ') || 'none';
  throw new CommandError(
    'usage',
    'usage',
    `unknown daemon "${daemon}"; [daemons] and [[nodes]] of ${config.file} have ${known}; or give an address like unix:/path`,
  );
}

function isAddress(text: string): boolean {
  try {
    return parseAddress(text) !== undefined;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandError('usage', 'usage', `the request is not JSON: ${reason}`, { cause });
  }
}

const UNREACHABLE: readonly Status[] = [
  Status.UNAVAILABLE,
  Status.DEADLINE_EXCEEDED,
  Status.UNAUTHENTICATED,
  Status.PERMISSION_DENIED,
];

function explain(error: unknown, daemon: string, { address }: Endpoint): unknown {
  if (error instanceof JsonMessageError) {
    return new CommandError('usage', 'usage', `the request does not fit: ${error.message}`, { cause: error });
  }
  if (!(error instanceof ClientError)) return error;
  const name = Status[error.code] ?? 'UNKNOWN';
  const exit = UNREACHABLE.includes(error.code) ? 'unreachable' : 'failed';
  const refusal = connectionFailure(error.details);
  const message = refusal
    ? `${daemon} at ${address} does not answer: ${refusal}; is it running?`
    : `${name}: ${error.details}`;
  return new CommandError(exit, name.toLowerCase(), message, { cause: error, details: { daemon } });
}
