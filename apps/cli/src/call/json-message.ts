import { fieldTypes, isRepeated, jsonNameOf, mapEntryOf, type MessageTypes } from './message-types.ts';
import type { FieldDescriptor } from './reflection-schema.ts';
import { wellKnown } from './well-known.ts';

/** A request that does not fit the message; the text says where and what is expected. */
export class JsonMessageError extends Error {
  override readonly name = 'JsonMessageError';
}

type JsonObject = Record<string, unknown>;

/**
 * Turns proto3 JSON (camelCase, or the proto's own names) into the form that the codec takes.
 * An unknown field, enum value or wrong type throws JsonMessageError: protobufjs would drop it.
 */
export function fromJson(json: unknown, typeName: string, types: MessageTypes, path = ''): object {
  const form = wellKnown[typeName];
  if (form) {
    const value = typeof json === 'string' ? form.read(json) : undefined;
    return value ?? fail(path, form.expected, json);
  }
  if (!isObject(json)) fail(path, 'an object', json);
  const fields = types.messages.get(typeName)?.fields ?? [];
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(json)) {
    const field = fields.find((each) => each.name === key || jsonNameOf(each) === key);
    const at = join(path, key);
    if (!field)
      throw new JsonMessageError(`${at}: unknown field; ${typeName.slice(1)} has ${namesOf(fields)}`);
    if (value !== null) result[field.name] = fieldFromJson(value, field, types, at);
  }
  return result;
}

function fieldFromJson(json: unknown, field: FieldDescriptor, types: MessageTypes, path: string): unknown {
  const entry = mapEntryOf(field, types);
  if (entry) {
    if (!isObject(json)) fail(path, 'an object', json);
    return Object.entries(json).map(([key, value]) => ({
      key: entry.key.type === fieldTypes.bool ? key === 'true' : key,
      value: valueFromJson(value, entry.value, types, join(path, key)),
    }));
  }
  if (!isRepeated(field)) return valueFromJson(json, field, types, path);
  if (!Array.isArray(json)) fail(path, 'an array', json);
  return json.map((item: unknown, index) => valueFromJson(item, field, types, `${path}[${index}]`));
}

function valueFromJson(json: unknown, field: FieldDescriptor, types: MessageTypes, path: string): unknown {
  switch (field.type) {
    case fieldTypes.message:
      return fromJson(json, field.typeName, types, path);
    case fieldTypes.enum: {
      const names = (types.enums.get(field.typeName)?.values ?? []).map(({ name }) => name);
      if (Number.isInteger(json) || names.includes(String(json))) return json;
      return fail(path, `one of ${names.join(', ')}`, json);
    }
    case fieldTypes.string:
      return typeof json === 'string' ? json : fail(path, 'a string', json);
    case fieldTypes.bytes:
      return typeof json === 'string' ? json : fail(path, 'a string in base64', json);
    case fieldTypes.bool:
      return typeof json === 'boolean' ? json : fail(path, 'true or false', json);
    default:
      if (typeof json === 'number' || (typeof json === 'string' && /^-?\d+(\.\d+)?$/.test(json))) return json;
      return fail(path, 'a number', json);
  }
}

/** Turns a decoded message into proto3 JSON: camelCase, maps as objects, times and durations as text. */
export function toJson(value: unknown, typeName: string, types: MessageTypes): unknown {
  if (!isObject(value)) return value;
  const form = wellKnown[typeName];
  if (form) return form.write(value);
  const fields = types.messages.get(typeName)?.fields ?? [];
  return Object.fromEntries(
    fields.flatMap((field) => {
      const own = value[field.name];
      return own === undefined ? [] : [[jsonNameOf(field), fieldToJson(own, field, types)]];
    }),
  );
}

function fieldToJson(value: unknown, field: FieldDescriptor, types: MessageTypes): unknown {
  const inner = (each: unknown, of: FieldDescriptor) =>
    of.type === fieldTypes.message ? toJson(each, of.typeName, types) : each;
  const entry = mapEntryOf(field, types);
  if (!Array.isArray(value)) return inner(value, field);
  if (!entry) return value.map((each: unknown) => inner(each, field));
  const pairs = value.filter(isObject);
  return Object.fromEntries(
    pairs.map((pair) => [String(pair['key'] ?? ''), inner(pair['value'], entry.value)]),
  );
}

function fail(path: string, expected: string, json: unknown): never {
  throw new JsonMessageError(
    `${path === '' ? 'the request' : path}: expected ${expected}, not ${JSON.stringify(json)}`,
  );
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function namesOf(fields: readonly FieldDescriptor[]): string {
  return fields.length === 0 ? 'no fields' : fields.map(jsonNameOf).join(', ');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
