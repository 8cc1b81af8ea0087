import { chmodSync, existsSync, mkdirSync, readFileSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import {
  createServer,
  type CompatServiceDefinition,
  type Server,
  type ServerMiddleware,
  type ServiceImplementation,
} from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl } from 'nice-grpc-server-health';
import {
  accessMiddleware,
  type Access,
  type AccessMap,
  type Authentication,
  type CallerContext,
} from './access.ts';
import { grpcTarget, parseAddress } from './address.ts';
import { ConfigError } from './config.ts';
import { errorsMiddleware } from './errors-middleware.ts';
import type { Logger } from './logging.ts';
import { createReflection, ReflectionDefinition } from './reflection.ts';
import { createTokenFileVerifier } from './tokens.ts';

const DRAIN_TIMEOUT_MS = 10_000;

/** The `[server]` section of a daemon's configuration. */
export interface ServerConfig {
  socket: string;
  listen_addr?: string | undefined;
  tls_cert?: string | undefined;
  tls_key?: string | undefined;
  token_file?: string | undefined;
}

interface ServedService {
  add(server: Server<CallerContext>): void;
}

/** The gRPC server of a daemon, on its Unix socket and, where configured, over TLS. */
export interface RpcServer {
  /** Serves a service. Every RPC needs an entry in `access`; one without is refused. */
  add<Definition extends CompatServiceDefinition>(
    definition: Definition,
    implementation: ServiceImplementation<Definition, CallerContext>,
    access: AccessMap<Definition>,
  ): void;
  /** Starts serving. Throws ConfigError when an address is taken or the TLS files cannot be used. */
  listen(config: ServerConfig): Promise<void>;
  /** Takes no new calls, ends streams, lets the others finish for 10 s, then cuts them. */
  stop(): Promise<void>;
}

export function createRpcServer(log: Logger): RpcServer {
  const services: ServedService[] = [];
  const serviceNames: string[] = [];
  const accessByPath = new Map<string, Access>();
  const running: Server<CallerContext>[] = [];
  const stopping = new AbortController();

  function add<Definition extends CompatServiceDefinition>(
    definition: Definition,
    implementation: ServiceImplementation<Definition, CallerContext>,
    access: Record<string, Access>,
  ): void {
    services.push({ add: (server) => server.add(definition, implementation) });
    for (const [method, path] of methodPaths(definition)) {
      const allowed = access[method];
      if (allowed !== undefined) accessByPath.set(path, allowed);
    }
    const [, path] = methodPaths(definition)[0] ?? [];
    if (path !== undefined) serviceNames.push(path.split('/')[1]!);
  }

  async function serve(
    target: string,
    credentials: ServerCredentials,
    authentication: Authentication,
  ): Promise<void> {
    const server = createServer()
      .use(errorsMiddleware(log))
      .use(endOn(stopping.signal))
      .use(accessMiddleware(accessByPath, authentication));
    for (const service of services) service.add(server);
    await server.listen(target, credentials);
    running.push(server);
  }

  async function listen(config: ServerConfig): Promise<void> {
    add(HealthDefinition, HealthServiceImpl(), { check: 'public', watch: 'public' });
    add(ReflectionDefinition, createReflection(serviceNames), { serverReflectionInfo: 'caller' });
    await clearStaleSocket(config.socket);
    mkdirSync(dirname(config.socket), { recursive: true, mode: 0o750 });
    const umask = process.umask(0o117);
    try {
      await serve(`unix://${config.socket}`, ServerCredentials.createInsecure(), { by: 'socket' });
    } finally {
      process.umask(umask);
    }
    chmodSync(config.socket, 0o660);
    if (config.listen_addr !== undefined) await listenTcp(config, config.listen_addr);
    log.info({ socket: config.socket, listen_addr: config.listen_addr }, 'listening');
  }

  async function listenTcp(config: ServerConfig, listenAddr: string): Promise<void> {
    const { tls_cert, tls_key, token_file } = config;
    if (tls_cert === undefined || tls_key === undefined || token_file === undefined) {
      throw new ConfigError('server.listen_addr needs server.tls_cert, server.tls_key and server.token_file');
    }
    const verify = createTokenFileVerifier(token_file);
    // A token file that cannot be used must be seen now, not at the first call.
    await verify('');
    const credentials = ServerCredentials.createSsl(null, [
      { cert_chain: readFileSync(tls_cert), private_key: readFileSync(tls_key) },
    ]);
    await serve(grpcTarget(parseAddress(listenAddr)), withTls13(credentials), { by: 'token', verify });
  }

  return {
    add,
    listen,
    async stop() {
      stopping.abort();
      const force = setTimeout(() => running.forEach((server) => server.forceShutdown()), DRAIN_TIMEOUT_MS);
      await Promise.allSettled(running.map((server) => server.shutdown()));
      clearTimeout(force);
    },
  };
}

function methodPaths(definition: CompatServiceDefinition): [method: string, path: string][] {
  if ('methods' in definition && 'fullName' in definition) {
    return Object.entries(definition.methods as Record<string, { name: string }>).map(
      ([method, { name }]) => [method, `/${String(definition.fullName)}/${name}`],
    );
  }
  return Object.entries(definition as Record<string, { path: string }>).map(([method, { path }]) => [
    method,
    path,
  ]);
}

/** Adds the server's stopping signal to every call's, so that open streams end at shutdown. */
function endOn(stopping: AbortSignal): ServerMiddleware {
  return async function* endAtShutdown(call, context) {
    const signal = AbortSignal.any([context.signal, stopping]);
    return yield* call.next(call.request, { ...context, signal });
  };
}

// grpc-js has no option for the minimum version; the secure context is made from these options.
function withTls13(credentials: ServerCredentials): ServerCredentials {
  const options = credentials._getSecureContextOptions();
  if (options) options.minVersion = 'TLSv1.3';
  return credentials;
}

/** Removes the socket of a process that was killed; refuses to when somebody still answers there. */
async function clearStaleSocket(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const answered = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true));
    probe.on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });
  if (answered) throw new ConfigError(`server.socket: another process already serves ${path}; stop it first`);
  unlinkSync(path);
}
