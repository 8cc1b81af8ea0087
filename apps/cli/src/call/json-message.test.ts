import { descriptors } from '@mcp/proto/descriptors';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { expect, test } from 'vitest';
import { codecOf, fileCodec, fileSetCodec, messageOptions } from './codec.ts';
import { fromJson, toJson } from './json-message.ts';
import { collectMethods, collectTypes } from './message-types.ts';

const set = Buffer.from(descriptors, 'base64');
const files = fileSetCodec.decode(set).files.map((bytes) => fileCodec.decode(bytes));
const types = collectTypes(files);
const loaded = loadFileDescriptorSetFromBuffer(set, messageOptions);

function roundTrip(json: unknown, name: string): unknown {
  const codec = codecOf(loaded, name);
  return toJson(codec.decode(codec.encode(fromJson(json, `.${name}`, types))), `.${name}`, types);
}

test('carries messages, lists, maps, enums, 64-bit numbers, times and durations there and back', () => {
  const spec = {
    name: 'demo',
    active: true,
    components: [
      {
        name: 'api',
        dependsOn: ['db', 'cache'],
        strategy: 'UPDATE_STRATEGY_OVERLAP',
        memoryBytes: '9007199254740993',
        cpus: 1.5,
        health: { interval: '1.5s', startPeriod: '30s' },
      },
    ],
    buildImages: { demo: 'Dockerfile', web: 'Dockerfile.web' },
  };
  expect(roundTrip({ spec, noWait: true }, 'mcp.agent.v1.DeployRequest')).toEqual({ spec, noWait: true });
  const since = { service: 'demo', since: '2026-01-31T12:00:00.250Z' };
  expect(roundTrip(since, 'mcp.agent.v1.LogsRequest')).toEqual(since);
});

test("takes the proto's own field names too", () => {
  expect(roundTrip({ no_wait: true }, 'mcp.agent.v1.DeployRequest')).toEqual({ noWait: true });
});

test.each([
  [[], 'the request: expected an object, not []'],
  [
    { servic: 'x' },
    'servic: unknown field; mcp.agent.v1.LogsRequest has service, component, follow, tail, since',
  ],
  [{ service: 1 }, 'service: expected a string, not 1'],
  [{ follow: 'yes' }, 'follow: expected true or false, not "yes"'],
  [{ tail: 'ten' }, 'tail: expected a number, not "ten"'],
  [{ since: 'noon' }, 'since: expected a time like "2026-01-31T12:00:00Z", not "noon"'],
])('says what is wrong with %j', (json, message) => {
  expect(() => fromJson(json, '.mcp.agent.v1.LogsRequest', types)).toThrow(message);
});

test('says where in a list a value is wrong, and which enum values there are', () => {
  const json = { spec: { components: [{ name: 'api', strategy: 'FAST' }] } };
  expect(() => fromJson(json, '.mcp.agent.v1.DeployRequest', types)).toThrow(
    'spec.components[0].strategy: expected one of UPDATE_STRATEGY_UNSPECIFIED, UPDATE_STRATEGY_RECREATE, ' +
      'UPDATE_STRATEGY_OVERLAP, not "FAST"',
  );
});

test('knows every method with its full service name', () => {
  expect(collectMethods(files)).toContainEqual(
    expect.objectContaining({
      service: 'mcp.portd.v1.PortService',
      name: 'LeasePorts',
      serverStreaming: false,
    }),
  );
});
