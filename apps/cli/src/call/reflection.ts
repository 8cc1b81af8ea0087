import type { Channel } from '@mcp/daemon/client';
import { fileCodec, requestCodec, responseCodec } from './codec.ts';
import {
  REFLECTION_PATH,
  type FileDescriptor,
  type ReflectionRequest,
  type ReflectionResponse,
} from './reflection-schema.ts';

const DEADLINE_MS = 5000;

const ReflectionDefinition = {
  ask: {
    path: REFLECTION_PATH,
    requestStream: true,
    responseStream: true,
    requestSerialize: (value: ReflectionRequest) => requestCodec.encode(value),
    requestDeserialize: (_bytes: Uint8Array): ReflectionRequest => ({ listServices: '' }),
    responseSerialize: (value: ReflectionResponse) => responseCodec.encode(value),
    responseDeserialize: (bytes: Uint8Array) => responseCodec.decode(bytes),
    options: {},
  },
} as const;

/** A file of an API: decoded, and as it came. */
export interface DescribedFile {
  file: FileDescriptor;
  bytes: Uint8Array;
}

/** Asks a server what it serves, by gRPC server reflection (grpc.reflection.v1). */
export interface Reflection {
  /** Full service names: "mcp.portd.v1.PortService". */
  services(): Promise<string[]>;
  /** The files that declare the services, with all they import; services it cannot describe are left out. */
  describe(services: readonly string[]): Promise<DescribedFile[]>;
}

export function createReflection(channel: Channel): Reflection {
  const client = channel.client(ReflectionDefinition);

  async function ask(requests: readonly ReflectionRequest[]): Promise<ReflectionResponse[]> {
    if (requests.length === 0) return [];
    async function* sent() {
      yield* requests;
    }
    const responses: ReflectionResponse[] = [];
    for await (const response of client.ask(sent(), { deadline: DEADLINE_MS })) responses.push(response);
    return responses;
  }

  return {
    async services() {
      const [response] = await ask([{ listServices: '' }]);
      return (response?.listServicesResponse?.services ?? []).map(({ name }) => name);
    },
    async describe(services) {
      const files = new Map<string, DescribedFile>();
      let requests: ReflectionRequest[] = services.map((name) => ({ fileContainingSymbol: name }));
      while (requests.length > 0) {
        const responses = await ask(requests);
        for (const bytes of responses.flatMap((response) => response.fileDescriptorResponse?.files ?? [])) {
          const file = fileCodec.decode(bytes);
          files.set(file.name, { file, bytes });
        }
        const asked = new Set(
          requests.flatMap((request) => ('fileByFilename' in request ? [request.fileByFilename] : [])),
        );
        const imports = [...files.values()].flatMap(({ file }) => file.imports);
        const missing = [...new Set(imports)].filter((name) => !files.has(name) && !asked.has(name));
        requests = missing.map((name) => ({ fileByFilename: name }));
      }
      return [...files.values()];
    },
  };
}
