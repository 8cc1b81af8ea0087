const text = { type: 'string' } as const;
const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });

/**
 * The parts of grpc.reflection.v1 and of google.protobuf's descriptors that a dynamic call
 * needs, in the form that protobufjs reads; a field left out is skipped when decoding.
 * Source: grpc/reflection/v1/reflection.proto, google/protobuf/descriptor.proto.
 */
export const reflectionSchema = {
  nested: {
    Request: {
      oneofs: { messageRequest: { oneof: ['fileByFilename', 'fileContainingSymbol', 'listServices'] } },
      fields: {
        fileByFilename: { ...text, id: 3 },
        fileContainingSymbol: { ...text, id: 4 },
        listServices: { ...text, id: 7 },
      },
    },
    Response: {
      fields: {
        fileDescriptorResponse: { type: 'FileDescriptorResponse', id: 4 },
        listServicesResponse: { type: 'ListServicesResponse', id: 6 },
        errorResponse: { type: 'ErrorResponse', id: 7 },
      },
    },
    FileDescriptorResponse: { fields: { files: repeated('bytes', 1) } },
    ListServicesResponse: { fields: { services: repeated('ServiceName', 1) } },
    ServiceName: { fields: { name: { ...text, id: 1 } } },
    ErrorResponse: { fields: { code: { type: 'int32', id: 1 }, message: { ...text, id: 2 } } },

    FileSet: { fields: { files: repeated('bytes', 1) } },
    File: {
      fields: {
        name: { ...text, id: 1 },
        package: { ...text, id: 2 },
        imports: repeated('string', 3),
        messages: repeated('Message', 4),
        enums: repeated('Enum', 5),
        services: repeated('Service', 6),
      },
    },
    Message: {
      fields: {
        name: { ...text, id: 1 },
        fields: repeated('Field', 2),
        messages: repeated('Message', 3),
        enums: repeated('Enum', 4),
        options: { type: 'MessageOptions', id: 7 },
      },
    },
    MessageOptions: { fields: { mapEntry: { type: 'bool', id: 7 } } },
    Field: {
      fields: {
        name: { ...text, id: 1 },
        label: { type: 'int32', id: 4 },
        type: { type: 'int32', id: 5 },
        typeName: { ...text, id: 6 },
        jsonName: { ...text, id: 10 },
      },
    },
    Enum: { fields: { name: { ...text, id: 1 }, values: repeated('EnumValue', 2) } },
    EnumValue: { fields: { name: { ...text, id: 1 }, number: { type: 'int32', id: 2 } } },
    Service: { fields: { name: { ...text, id: 1 }, methods: repeated('Method', 2) } },
    Method: {
      fields: {
        name: { ...text, id: 1 },
        input: { ...text, id: 2 },
        output: { ...text, id: 3 },
        clientStreaming: { type: 'bool', id: 5 },
        serverStreaming: { type: 'bool', id: 6 },
      },
    },
  },
};

export const REFLECTION_PATH = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

/** One of the fields that `Request` has. */
export type ReflectionRequest =
  { listServices: string } | { fileContainingSymbol: string } | { fileByFilename: string };

export interface ReflectionResponse {
  fileDescriptorResponse?: { files: Uint8Array[] };
  listServicesResponse?: { services: { name: string }[] };
  errorResponse?: { code: number; message: string };
}

export interface FileDescriptor {
  name: string;
  package: string;
  imports: string[];
  messages: MessageDescriptor[];
  enums: EnumDescriptor[];
  services: { name: string; methods: MethodDescriptor[] }[];
}

export interface MessageDescriptor {
  name: string;
  fields: FieldDescriptor[];
  messages: MessageDescriptor[];
  enums: EnumDescriptor[];
  options?: { mapEntry?: boolean };
}

export interface FieldDescriptor {
  name: string;
  label: number;
  type: number;
  typeName: string;
  jsonName: string;
}

export interface EnumDescriptor {
  name: string;
  values: { name: string; number: number }[];
}

export interface MethodDescriptor {
  name: string;
  input: string;
  output: string;
  clientStreaming: boolean;
  serverStreaming: boolean;
}
