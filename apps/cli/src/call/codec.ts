import {
  fromJSON,
  type MessageTypeDefinition,
  type Options,
  type PackageDefinition,
} from '@grpc/proto-loader';
import {
  reflectionSchema,
  type FileDescriptor,
  type ReflectionRequest,
  type ReflectionResponse,
} from './reflection-schema.ts';

/** Turns a message into bytes and back. Fields have the names of the descriptor. */
export interface Codec<In extends object, Out extends object> {
  encode(value: In): Uint8Array;
  decode(bytes: Uint8Array): Out;
}

/** What every dynamic message is decoded with: 64-bit numbers and bytes as text, only what is set. */
export const messageOptions: Options = {
  keepCase: true,
  longs: String,
  enums: String,
  bytes: String,
  json: true,
};

/** The codec of a message of a loaded package. Throws when it is not a message of it, which is a bug. */
export function codecOf<In extends object, Out extends object>(
  loaded: PackageDefinition,
  name: string,
): Codec<In, Out> {
  const definition = loaded[name];
  if (!definition || !isMessage(definition)) throw new Error(`${name} is not a message`);
  return {
    encode: (value) => definition.serialize(value),
    // The schema was declared beside the type, or the message is one whose shape only its descriptor knows.
    decode: (bytes) => definition.deserialize(Buffer.from(bytes)) as Out,
  };
}

function isMessage(
  definition: PackageDefinition[string],
): definition is MessageTypeDefinition<object, object> {
  return 'format' in definition && definition.format === 'Protocol Buffer 3 DescriptorProto';
}

const reflection = fromJSON(reflectionSchema, { defaults: true, arrays: true });

export const requestCodec = codecOf<ReflectionRequest, object>(reflection, 'Request');
export const responseCodec = codecOf<object, ReflectionResponse>(
  fromJSON(reflectionSchema, { arrays: true }),
  'Response',
);
export const fileCodec = codecOf<object, FileDescriptor>(reflection, 'File');
export const fileSetCodec = codecOf<{ files: readonly Uint8Array[] }, { files: Uint8Array[] }>(
  reflection,
  'FileSet',
);
