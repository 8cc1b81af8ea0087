import { connect } from 'node:net';
import { once } from 'node:events';
import { encode, streamEncode, type Answer, type Packet } from 'dns-packet';
import { createLogger } from '@mcp/daemon/logging';
import { expect, onTestFinished, test } from 'vitest';
import { startTestMcns, testZone } from '../test-mcns.ts';
import { createResponder } from './respond.ts';
import { listenTcp } from './tcp.ts';
import { askTcp, askUdp, sendTcp, sendUdp } from './test-packets.ts';
import { createZoneIndex } from './zone-index.ts';

const RECURSION_DESIRED = 0x100;
const admin = { name: 'root', role: 'admin' } as const;

async function startWith(count: number) {
  const mcns = await startTestMcns();
  for (let index = 1; index <= count; index++) {
    const value = `10.0.${index >> 8}.${index & 255}`;
    mcns.records.create(admin, 'svc.test', { name: 'web', type: 'A', value, ttl: 60 });
  }
  return mcns.dnsPort;
}

function query(name = 'web.svc.test', udpPayloadSize?: number): Packet {
  const opt: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: udpPayloadSize ?? 0,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
  return {
    type: 'query',
    id: 4711,
    flags: RECURSION_DESIRED,
    questions: [{ type: 'A', name }],
    additionals: udpPayloadSize === undefined ? [] : [opt],
  };
}

test.each([
  ['UDP', askUdp],
  ['TCP', askTcp],
])('answers over %s with authority, the same id, and the case of the question', async (_name, ask) => {
  const port = await startWith(1);
  expect(await ask(port, query('WeB.sVc.TEST'))).toMatchObject({
    id: 4711,
    rcode: 'NOERROR',
    flag_qr: true,
    flag_aa: true,
    flag_rd: true,
    flag_ra: false,
    flag_tc: false,
    questions: [{ name: 'WeB.sVc.TEST', type: 'A', class: 'IN' }],
    answers: [{ name: 'web.svc.test', type: 'A', ttl: 60, data: '10.0.0.1' }],
    additionals: [],
  });
});

test('a negative answer carries the SOA with the zone in full', async () => {
  const reply = await askUdp(await startWith(0), query('nothing.svc.test'));
  expect(reply).toMatchObject({ rcode: 'NXDOMAIN', flag_aa: true, answers: [] });
  expect(reply.authorities).toMatchObject([
    {
      name: 'svc.test',
      ttl: 60,
      data: {
        mname: testZone.primaryNs,
        rname: testZone.adminEmail,
        refresh: testZone.refresh,
        retry: testZone.retry,
        expire: testZone.expire,
        minimum: testZone.minimumTtl,
      },
    },
  ]);
});

// 31 records make 512 bytes and more; 50 make about 1430.
test.each([
  ['512 bytes without EDNS', 31, undefined],
  ['512 bytes whatever less EDNS says', 31, 100],
  ['1232 bytes whatever more EDNS says', 50, 4096],
])('truncates at %s, and says all over TCP', async (_title, count, udpPayloadSize) => {
  const port = await startWith(count);
  const question = query('web.svc.test', udpPayloadSize);
  expect(await askUdp(port, question)).toMatchObject({ flag_tc: true, answers: [], rcode: 'NOERROR' });
  const whole = await askTcp(port, question);
  expect(whole.flag_tc).toBe(false);
  expect(whole.answers).toHaveLength(count);
});

test('uses the room that EDNS gives, and answers with its own', async () => {
  const reply = await askUdp(await startWith(31), query('web.svc.test', 1232));
  expect(reply.flag_tc).toBe(false);
  expect(reply.answers).toHaveLength(31);
  expect(reply.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0 }]);
});

test('says BADVERS to an EDNS version it does not know', async () => {
  const packet = query('web.svc.test', 1232);
  const [opt] = packet.additionals ?? [];
  const reply = await askUdp(await startWith(1), {
    ...packet,
    additionals: [{ ...opt, ednsVersion: 1 } as Answer],
  });
  expect(reply).toMatchObject({ answers: [], additionals: [{ extendedRcode: 1, ednsVersion: 0 }] });
});

test('refuses names of other zones', async () => {
  const reply = await askUdp(await startWith(0), query('example.net'));
  expect(reply).toMatchObject({ rcode: 'REFUSED', flag_aa: false });
});

const good = encode(query());
const withFlags = (flags: number) => {
  const bytes = Buffer.from(good);
  bytes.writeUInt16BE(flags, 2);
  return bytes;
};
const withCounts = (offset: number, count: number) => {
  const bytes = Buffer.from(good);
  bytes.writeUInt16BE(count, offset);
  return bytes;
};

test.each([
  ['NOTIMP', 'a NOTIFY', withFlags(4 << 11)],
  ['NOTIMP', 'an UPDATE', withFlags(5 << 11)],
  ['FORMERR', 'no question', withCounts(4, 0)],
  ['FORMERR', 'two questions', withCounts(4, 2)],
  ['FORMERR', 'an answer', withCounts(6, 1)],
  ['FORMERR', 'an additional record that is not there', withCounts(10, 1)],
  ['FORMERR', 'thousands of additional records', withCounts(10, 65_535)],
  ['FORMERR', 'a header without its question', good.subarray(0, 12)],
  ['FORMERR', 'half a question', good.subarray(0, 20)],
  [
    'FORMERR',
    'a name that points at itself',
    Buffer.concat([good.subarray(0, 12), Buffer.from('c00c00010001', 'hex')]),
  ],
])('says %s to %s', async (rcode, _title, message) => {
  const port = await startWith(1);
  const reply = await sendUdp(port, message);
  expect(reply?.readUInt16BE(0)).toBe(4711);
  expect(reply && reply.readUInt8(3) & 0xf).toBe(rcode === 'NOTIMP' ? 4 : 1);
});

test.each([
  ['a response', withFlags(0x8400)],
  ['less than a header', good.subarray(0, 11)],
  ['nothing', Buffer.alloc(0)],
])('does not answer %s', async (_title, message) => {
  const port = await startWith(1);
  expect(await sendUdp(port, message, 150)).toBeUndefined();
  expect((await askUdp(port, query())).answers).toHaveLength(1);
});

test('a name with octets that are no text is repeated as it came', async () => {
  const name = Buffer.from([4, 0xff, 0x2e, 0x00, 0x41, 3, 0x73, 0x76, 0x63, 4, 0x74, 0x65, 0x73, 0x74, 0]);
  const message = Buffer.concat([good.subarray(0, 12), name, Buffer.from([0, 1, 0, 1])]);
  const reply = await sendUdp(await startWith(0), message);
  expect(reply?.subarray(12, 12 + name.length)).toEqual(name);
  expect(reply && reply.readUInt8(3) & 0xf).toBe(3);
});

test('a dot within a label is not one between two', async () => {
  const labels = Buffer.from('\x07web.svc\x04test\x00', 'latin1');
  const message = Buffer.concat([good.subarray(0, 12), labels, Buffer.from([0, 1, 0, 1])]);
  const reply = await sendUdp(await startWith(1), message);
  expect(reply && reply.readUInt8(3) & 0xf).toBe(5);
});

test('survives two thousand messages of noise', () => {
  const respond = createResponder(createZoneIndex(), createLogger('test', 'silent'));
  let seed = 1;
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  for (let round = 0; round < 2000; round++) {
    const message = Buffer.from(good.subarray(0, random(good.length + 1)));
    for (let flip = random(8); flip > 0 && message.length > 0; flip--)
      message[random(message.length)] = random(256);
    const reply = respond(message, 'udp');
    if (reply) expect(reply.length).toBeLessThanOrEqual(512);
  }
});

test('answers several queries of one TCP connection in order, however they are cut up', async () => {
  const port = await startWith(1);
  const ids = [1, 2, 3];
  const bytes = Buffer.concat(ids.map((id) => streamEncode({ ...query(), id })));
  const replies = await sendTcp(port, [bytes.subarray(0, 1), bytes.subarray(1, 50), bytes.subarray(50)], 3);
  expect(replies.map(({ id }) => id)).toEqual(ids);
});

async function startTcp(options: { idleTimeoutMs?: number; maxConnections?: number }) {
  const respond = createResponder(createZoneIndex(), createLogger('test', 'silent'));
  const listener = await listenTcp({ host: '127.0.0.1', port: 0, ...options }, respond);
  onTestFinished(() => listener.close());
  return listener.port;
}

test('closes a TCP connection that is idle', async () => {
  const socket = connect(await startTcp({ idleTimeoutMs: 30 }), '127.0.0.1');
  socket.resume();
  await once(socket, 'close', { signal: AbortSignal.timeout(1000) });
});

test('closes TCP connections beyond the most it takes, and serves the others on', async () => {
  const port = await startTcp({ maxConnections: 1 });
  const first = connect(port, '127.0.0.1');
  onTestFinished(() => void first.destroy());
  await once(first, 'connect');
  const second = connect(port, '127.0.0.1');
  second.resume();
  second.on('error', () => second.destroy());
  await once(second, 'close', { signal: AbortSignal.timeout(1000) });
  first.write(streamEncode(query()));
  await once(first, 'data', { signal: AbortSignal.timeout(1000) });
});
