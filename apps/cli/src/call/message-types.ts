import type {
  EnumDescriptor,
  FieldDescriptor,
  FileDescriptor,
  MessageDescriptor,
  MethodDescriptor,
} from './reflection-schema.ts';

/** Every type of an API, by full name with a leading dot, as descriptors refer to them. */
export interface MessageTypes {
  messages: ReadonlyMap<string, MessageDescriptor>;
  enums: ReadonlyMap<string, EnumDescriptor>;
}

/** A method with its full service name. */
export interface Method extends MethodDescriptor {
  service: string;
}

/** Collects the types of all files, nested ones included. */
export function collectTypes(files: readonly FileDescriptor[]): MessageTypes {
  const messages = new Map<string, MessageDescriptor>();
  const enums = new Map<string, EnumDescriptor>();

  function add(scope: string, declared: Pick<MessageDescriptor, 'messages' | 'enums'>): void {
    for (const each of declared.enums) enums.set(`${scope}.${each.name}`, each);
    for (const each of declared.messages) {
      messages.set(`${scope}.${each.name}`, each);
      add(`${scope}.${each.name}`, each);
    }
  }

  for (const file of files) add(file.package === '' ? '' : `.${file.package}`, file);
  return { messages, enums };
}

/** The methods of all files, in their order. */
export function collectMethods(files: readonly FileDescriptor[]): Method[] {
  return files.flatMap((file) =>
    file.services.flatMap(({ name, methods }) => {
      const service = file.package === '' ? name : `${file.package}.${name}`;
      return methods.map((method) => ({ ...method, service }));
    }),
  );
}

/** Field types of google.protobuf.FieldDescriptorProto that are treated apart. */
export const fieldTypes = { bool: 8, string: 9, message: 11, bytes: 12, enum: 14 } as const;

const REPEATED = 3;

export function isRepeated(field: FieldDescriptor): boolean {
  return field.label === REPEATED;
}

/** The name a field has in JSON: lowerCamelCase. */
export function jsonNameOf({ jsonName, name }: FieldDescriptor): string {
  return jsonName !== ''
    ? jsonName
    : name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Key and value of a map field; undefined for every other field. */
export function mapEntryOf(
  field: FieldDescriptor,
  types: MessageTypes,
): { key: FieldDescriptor; value: FieldDescriptor } | undefined {
  const entry =
    isRepeated(field) && field.type === fieldTypes.message ? types.messages.get(field.typeName) : undefined;
  const [key, value] = entry?.fields ?? [];
  return entry?.options?.mapEntry === true && key && value ? { key, value } : undefined;
}
