import { createServer } from 'node:net';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { freePort } from '@mcp/testing/free-port';
import { temporaryDirectory } from '@mcp/testing/temporary-directory';
import { HealthDefinition } from 'nice-grpc-server-health';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PortServiceDefinition, type PortServiceImplementation } from '@mcp/proto/portd';
import type { AccessMap, CallerContext } from './access.ts';
import { openChannel } from './client.ts';
import { ServiceError } from './errors.ts';
import { createLogger } from './logging.ts';
import { requireOwner } from './owner.ts';
import { createRpcServer, type ServerConfig } from './server.ts';
import { hashToken } from './tokens.ts';

const access: AccessMap<typeof PortServiceDefinition> = {
  leasePorts: 'operator',
  releasePorts: 'admin',
  listLeases: 'caller',
};

const implementation: PortServiceImplementation<CallerContext> = {
  async leasePorts({ owner }, { caller }) {
    requireOwner(owner, caller);
    return { leases: [] };
  },
  async releasePorts() {
    throw new TypeError('a bug');
  },
  async listLeases() {
    throw new ServiceError('resource_exhausted', 'no free port', {
      details: { resource: 'ports' },
      cause: new Error('all taken'),
    });
  },
};

async function serve(config: Partial<ServerConfig> = {}, rules: Record<string, string> = access) {
  const socket = join(temporaryDirectory(), 'run', 'x.sock');
  const server = createRpcServer(createLogger('test', 'silent'));
  server.add(PortServiceDefinition, implementation, rules as typeof access);
  await server.listen({ socket, ...config });
  onTestFinished(() => server.stop());
  return socket;
}

function clientAt(address: string, options: { ca_cert?: string; token_path?: string } = {}) {
  const channel = openChannel({ address, ...options });
  onTestFinished(() => channel.close());
  return channel;
}

describe('on the Unix socket', () => {
  test('the socket and its folder are closed to others', async () => {
    const socket = await serve();
    expect(statSync(socket).mode & 0o777).toBe(0o660);
    expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o750);
  });

  test('whoever may open the socket may call', async () => {
    const portd = clientAt(`unix:${await serve()}`).client(PortServiceDefinition);
    await expect(portd.leasePorts({ owner: 'rift/web' })).resolves.toEqual({ leases: [] });
  });

  test('a service error keeps its code and says its cause; a bug says nothing of itself', async () => {
    const portd = clientAt(`unix:${await serve()}`).client(PortServiceDefinition);
    await expect(portd.listLeases({})).rejects.toThrow('RESOURCE_EXHAUSTED: no free port: all taken');
    await expect(portd.releasePorts({})).rejects.toThrow('INTERNAL: internal error, see the daemon log');
  });

  test('an RPC without an entry in the access map is refused', async () => {
    const socket = await serve({}, { leasePorts: 'operator', listLeases: 'caller' });
    await expect(clientAt(`unix:${socket}`).client(PortServiceDefinition).releasePorts({})).rejects.toThrow(
      'PERMISSION_DENIED: /mcp.portd.v1.PortService/ReleasePorts is not open to anyone',
    );
  });

  test('the socket of a killed process is taken over, one that answers is not', async () => {
    const socket = await serve();
    const second = createRpcServer(createLogger('test', 'silent'));
    await expect(second.listen({ socket })).rejects.toThrow(`another process already serves ${socket}`);

    const stale = join(temporaryDirectory(), 'stale.sock');
    const killed = createServer().listen(stale);
    await once(killed, 'listening');
    execFileSync(process.execPath, [
      '-e',
      `require('fs').linkSync(${JSON.stringify(stale)}, ${JSON.stringify(`${stale}.kept`)})`,
    ]);
    killed.close();
    await once(killed, 'close');
    const third = createRpcServer(createLogger('test', 'silent'));
    await third.listen({ socket: `${stale}.kept` });
    await third.stop();
  });

  test('health and reflection answer', async () => {
    const channel = clientAt(`unix:${await serve()}`);
    await expect(channel.client(HealthDefinition).check({ service: '' })).resolves.toEqual({ status: 1 });
  });
});

describe('over TCP', () => {
  const folder = temporaryFolderWithCertificate();
  const tokens: Record<string, { name: string; role: string; node?: string }> = {
    'operator-of-rift': { name: 'agent-rift', role: 'operator', node: 'rift' },
    'a-guest': { name: 'eve', role: 'guest' },
  };

  async function serveTcp() {
    const { certificate, key, directory } = folder();
    const token_file = join(directory, 'tokens.toml');
    const rows = Object.entries(tokens).map(([token, caller]) => ({ ...caller, sha256: hashToken(token) }));
    writeFileSync(token_file, stringify({ tokens: rows }));
    const port = await freePort();
    await serve({ listen_addr: `127.0.0.1:${port}`, tls_cert: certificate, tls_key: key, token_file });
    return (token?: string) => {
      const token_path = join(directory, 'token');
      writeFileSync(token_path, `${token}\n`);
      const options = token === undefined ? {} : { token_path };
      return clientAt(`localhost:${port}`, { ca_cert: certificate, ...options }).client(
        PortServiceDefinition,
      );
    };
  }

  test('a call without a valid token is unauthenticated', async () => {
    const portd = await serveTcp();
    await expect(portd().leasePorts({ owner: 'rift/web' })).rejects.toThrow(
      'UNAUTHENTICATED: a bearer token is required over TCP',
    );
    await expect(portd('guessed').leasePorts({ owner: 'rift/web' })).rejects.toThrow(
      'UNAUTHENTICATED: the bearer token is not valid',
    );
  });

  test('a token opens what its role allows, for its own node only', async () => {
    const portd = await serveTcp();
    await expect(portd('operator-of-rift').leasePorts({ owner: 'rift/web' })).resolves.toEqual({
      leases: [],
    });
    await expect(portd('operator-of-rift').leasePorts({ owner: 'orion/web' })).rejects.toThrow(
      'PERMISSION_DENIED: agent-rift may only write for node rift, not orion/web',
    );
    await expect(portd('operator-of-rift').releasePorts({})).rejects.toThrow('PERMISSION_DENIED');
    await expect(portd('a-guest').listLeases({})).rejects.toThrow('PERMISSION_DENIED');
  });

  test('TLS and a token file are required to listen', async () => {
    const server = createRpcServer(createLogger('test', 'silent'));
    const socket = join(temporaryDirectory(), 'x.sock');
    await expect(server.listen({ socket, listen_addr: '127.0.0.1:1' })).rejects.toThrow(
      'server.listen_addr needs server.tls_cert',
    );
    await server.stop();
  });
});

/** A self-signed certificate for localhost, made once by openssl. */
function temporaryFolderWithCertificate() {
  return () => {
    const directory = temporaryDirectory();
    const [certificate, key] = [join(directory, 'tls.pem'), join(directory, 'tls.key')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        ...subject,
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    );
    return { directory, certificate, key };
  };
}
