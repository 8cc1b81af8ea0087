import type { CallContext } from 'nice-grpc-common';
import type { ServerReflectionRequest as Request } from 'nice-grpc-server-reflection/lib/proto/grpc/reflection/v1/reflection_pb.js';

type Bytes = Uint8Array;

/** grpc.reflection.v1.ServerReflection over raw bytes: the library behind it is loaded at the first call. */
export const ReflectionDefinition = {
  serverReflectionInfo: {
    path: '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    requestStream: true,
    responseStream: true,
    requestSerialize: (value: Bytes) => value,
    requestDeserialize: (value: Bytes) => value,
    responseSerialize: (value: Bytes) => value,
    responseDeserialize: (value: Bytes) => value,
    options: {},
  },
} as const;

/** Answers reflection for the named services ("package.Service"). */
export function createReflection(serviceNames: readonly string[]) {
  return {
    async *serverReflectionInfo(requests: AsyncIterable<Bytes>, context: CallContext): AsyncGenerator<Bytes> {
      // Of a CommonJS module a bundle keeps the default export alone.
      const [{ default: library }, { default: messages }, { descriptors }] = await Promise.all([
        import('nice-grpc-server-reflection'),
        import('nice-grpc-server-reflection/lib/proto/grpc/reflection/v1/reflection_pb.js'),
        import('@mcp/proto/descriptors'),
      ]);
      const reflection = library.ServerReflection(Buffer.from(descriptors, 'base64'), serviceNames);
      async function* decoded(): AsyncGenerator<Request> {
        for await (const bytes of requests) yield messages.ServerReflectionRequest.deserializeBinary(bytes);
      }
      for await (const response of reflection.serverReflectionInfo(decoded(), context)) {
        if (response instanceof messages.ServerReflectionResponse) yield response.serializeBinary();
      }
    },
  };
}
