/** The api component: REST on $PORT_REST and gRPC (its health service) on $PORT_GRPC, both with its own certificate. */
import { createServer as createHttpsServer } from 'node:https';
import { ServerCredentials } from '@grpc/grpc-js';
import { createServer as createRpcServer } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl } from 'nice-grpc-server-health';
import { platformVariables } from './environment.ts';
import { loadOrCreateIdentity } from './identity.ts';
import { stopOnSignal } from './stop-on-signal.ts';

const { certificate, key } = await loadOrCreateIdentity('/srv/hello');

const rest = createHttpsServer({ cert: certificate, key, minVersion: 'TLSv1.3' }, (request, response) => {
  const body = { component: 'api', path: request.url, environment: platformVariables() };
  response.setHeader('content-type', 'application/json').end(`${JSON.stringify(body)}\n`);
});
rest.listen(Number(process.env['PORT_REST']), () =>
  console.log(`rest listens on ${process.env['PORT_REST']}`),
);

const rpc = createRpcServer();
rpc.add(HealthDefinition, HealthServiceImpl());
await rpc.listen(
  `0.0.0.0:${process.env['PORT_GRPC']}`,
  ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) },
  ]),
);
console.log(`grpc listens on ${process.env['PORT_GRPC']}`);

stopOnSignal(async () => {
  rest.close();
  rest.closeIdleConnections();
  await rpc.shutdown();
});
