import { expect, test } from 'vitest';
import { parseEngineEvents, type ContainerEvent } from './engine-events.ts';

const OWNER = { node: 'rift', namespace: '' };

/** As Podman 4.3.1 wrote them. */
const DIED =
  '{"status":"die","id":"4c5d10d5589c","from":"localhost/tiny:1","Type":"container","Action":"die","Actor":{"ID":"4c5d10d5589c","Attributes":{"containerExitCode":"3","exitCode":"3","image":"localhost/tiny:1","name":"web.api.1","net.metacircular.mcp.component":"api","net.metacircular.mcp.namespace":"","net.metacircular.mcp.node":"rift","net.metacircular.mcp.operation":"op1","net.metacircular.mcp.service":"web","podId":""}},"scope":"local","time":1795508740,"timeNano":1795508740287112773}\n';
const REMOVED = DIED.replaceAll('"die"', '"remove"').replace('"exitCode":"3",', '');

async function parse(text: string, cut = text.length): Promise<ContainerEvent[]> {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += cut) chunks.push(bytes.subarray(at, at + cut));
  const found: ContainerEvent[] = [];
  for await (const event of parseEngineEvents(chunks, OWNER)) found.push(event);
  return found;
}

const died = {
  time: new Date('2026-11-24T08:25:40.287Z'),
  action: 'die',
  service: 'web',
  component: 'api',
  name: 'web.api.1',
  operation: 'op1',
  exitCode: 3,
};
const removed = { ...died, action: 'remove', exitCode: undefined };

test('reads one event a line, however the bytes are cut', async () => {
  const text = DIED.replace('web.api.1', 'grüße') + REMOVED;
  const expected = [{ ...died, name: 'grüße' }, removed];
  expect(await parse(text)).toEqual(expected);
  expect(await parse(text, 1)).toEqual(expected);
});

test('the last word of Docker on a container is that of Podman', async () => {
  expect(await parse(REMOVED.replaceAll('"remove"', '"destroy"'))).toEqual([removed]);
});

test.each([
  ['of another node', DIED.replace('"rift"', '"reef"')],
  ['of another namespace', DIED.replace('namespace":""', 'namespace":"t1"')],
  ['without our labels', DIED.replaceAll('net.metacircular', 'com.example')],
  ['of an image', DIED.replace('"Type":"container"', '"Type":"image"')],
  ['a health check', DIED.replaceAll('"die"', '"exec_create: /bin/check"')],
  ['a signal, which changes nothing by itself', DIED.replaceAll('"die"', '"kill"')],
  ['no JSON', 'half a li\n'],
  ['no object', 'null\n3\n'],
  ['a line that was not finished', DIED.trimEnd()],
])('%s is no event', async (_, text) => {
  expect(await parse(text + (text.endsWith('\n') ? REMOVED : ''))).toEqual(
    text.endsWith('\n') ? [removed] : [],
  );
});
