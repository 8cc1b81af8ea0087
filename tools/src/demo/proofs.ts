import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { StackFile } from '../stack/stack.ts';
import { runProgram } from './run.ts';

/** One fact about a service as somebody outside sees it. */
export interface Proof {
  what: string;
  how: string;
  /** What was seen. */
  seen: string;
  ok: boolean;
}

const SERVICE = 'hello';

function hostnameOf({ domain }: StackFile): string {
  return `${SERVICE}.${domain}`;
}

/** Proves the example with the programs that an operator would use: dig, curl and openssl. */
export async function proveHello(stack: StackFile): Promise<Proof[]> {
  const backend = new X509Certificate(readFileSync(join(stack.dir, 'srv', SERVICE, 'api.pem')));
  const web = await fetchJson(stack, '/');
  const viaPeer = await fetchJson(stack, '/api');
  return [
    await proveDns(stack),
    await proveCertificate(stack),
    {
      what: 'HTTPS, l7 route',
      how: 'curl --cacert --resolve',
      seen: web.seen,
      ok: web.body?.component === 'web',
    },
    await proveBackendCertificate(stack, { port: '8443', route: 'rest' }, backend),
    await proveBackendCertificate(stack, { port: '9443', route: 'grpc' }, backend),
    variables('variables of web', web.body?.environment, [
      'PORT',
      'PORT_WEB',
      'PEER_API_REST',
      'PEER_API_GRPC',
    ]),
    variables('variables of api', viaPeer.body?.api?.environment, ['PORT_REST', 'PORT_GRPC', 'PEER_WEB']),
  ];
}

async function proveDns(stack: StackFile): Promise<Proof> {
  const [host, port] = stack.dns.split(':');
  const { stdout } = await runProgram('dig', [
    `@${host}`,
    '-p',
    port!,
    hostnameOf(stack),
    'A',
    '+short',
    '+tries=1',
    '+time=2',
  ]);
  const seen = stdout.trim() || 'no answer';
  return {
    what: 'DNS name',
    how: `dig @${host} -p ${port}`,
    seen: `${hostnameOf(stack)} is ${seen}`,
    ok: seen === '127.0.0.1',
  };
}

interface HelloBody {
  component?: string;
  environment?: Record<string, string>;
  api?: { environment?: Record<string, string> };
}

async function fetchJson(
  stack: StackFile,
  path: string,
): Promise<{ seen: string; body: HelloBody | undefined }> {
  const [host, port] = stack.listeners['443'].split(':');
  const name = hostnameOf(stack);
  const url = `https://${name}:${port}${path}`;
  const args = [
    '-sS',
    '--max-time',
    '10',
    '--cacert',
    stack.ca,
    '--resolve',
    `${name}:${port}:${host}`,
    '-w',
    '\n%{http_code}',
    url,
  ];
  const { code, stdout, stderr } = await runProgram('curl', args);
  if (code !== 0) return { seen: stderr.trim(), body: undefined };
  const lines = stdout.trimEnd().split('\n');
  const status = lines.pop();
  const text = lines.join('\n');
  return { seen: `status ${status}`, body: status === '200' ? (JSON.parse(text) as HelloBody) : undefined };
}

async function handshake(
  stack: StackFile,
  port: '443' | '8443' | '9443',
): Promise<{ certificate?: X509Certificate; output: string }> {
  const { stdout, stderr } = await runProgram('openssl', [
    's_client',
    '-connect',
    stack.listeners[port],
    '-servername',
    hostnameOf(stack),
    '-CAfile',
    stack.ca,
  ]);
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(stdout)?.[0];
  const output = stdout + stderr;
  return pem === undefined ? { output } : { certificate: new X509Certificate(pem), output };
}

async function proveCertificate(stack: StackFile): Promise<Proof> {
  const { certificate, output } = await handshake(stack, '443');
  const ok =
    certificate?.checkHost(hostnameOf(stack)) !== undefined && /Verify return code: 0 \(ok\)/.test(output);
  const seen = certificate ? `${certificate.subject}, until ${certificate.validTo}` : 'no certificate';
  return {
    what: 'certificate, checked against the CA',
    how: 'openssl s_client :443',
    seen: seen.replaceAll('\n', ', '),
    ok,
  };
}

async function proveBackendCertificate(
  stack: StackFile,
  { port, route }: { port: '8443' | '9443'; route: string },
  backend: X509Certificate,
): Promise<Proof> {
  const { certificate } = await handshake(stack, port);
  const ok = certificate?.fingerprint256 === backend.fingerprint256;
  const seen = certificate ? `${certificate.subject}${ok ? ', its own' : ', not its own'}` : 'no certificate';
  return { what: `TLS to the backend, l4 route ${route}`, how: `openssl s_client :${port}`, seen, ok };
}

function variables(
  what: string,
  environment: Record<string, string> | undefined,
  names: readonly string[],
): Proof {
  const seen = names.map((name) => `${name}=${environment?.[name] ?? 'missing'}`).join(' ');
  return {
    what,
    how: 'as the container saw them',
    seen,
    ok: names.every((name) => environment?.[name] !== undefined),
  };
}
