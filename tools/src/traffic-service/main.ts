/**
 * The service of `npm run test:faults` and `npm run bench:update`. Every port that it is given answers
 * who answers: TLS with its own certificate on $PORT_TLS..., plain HTTP and a WebSocket echo on the others.
 *
 * $BREAK makes a version that cannot be deployed: "exit" ends it at once, "unhealthy" fails /health.
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { hostname } from 'node:os';
import { WebSocketServer } from 'ws';
import type { Identity } from './identity.ts';

/** Sent to WebSockets when the service stops; RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;
const GRACE_MS = 4000;

const version = readFileSync('/version', 'utf8');
const broken = process.env['BREAK'] ?? '';
if (broken === 'exit') {
  console.error(`version ${version} lacks its configuration`);
  process.exit(3);
}

const identity: Identity = { version, container: hostname() };
let stopping = false;

const answer: RequestListener = (request, response) => {
  if (stopping) response.setHeader('connection', 'close');
  if (request.url === '/health' && broken === 'unhealthy') response.statusCode = 500;
  response.setHeader('content-type', 'application/json').end(JSON.stringify(identity));
};

const sockets = new WebSocketServer({ noServer: true });
sockets.on('connection', (socket) => {
  socket.send(JSON.stringify(identity));
  socket.on('message', (message, binary) => socket.send(message, { binary }));
  if (stopping) socket.close(GOING_AWAY, 'the service stops');
});

const servers = Object.entries(process.env)
  .filter(([name]) => name.startsWith('PORT_'))
  .map(([name, port]) => listen(name.startsWith('PORT_TLS') ? tlsServer() : plainServer(), Number(port)));

function tlsServer(): Server {
  const pem = readFileSync('/identity.pem', 'utf8');
  return createHttpsServer({ cert: pem, key: pem, minVersion: 'TLSv1.3' }, answer);
}

function plainServer(): Server {
  return createHttpServer(answer).on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
}

function listen(server: Server, port: number): Server {
  return server.listen(port, () => console.log(`version ${version} listens on ${port}`));
}

// A component without routes has no server that would keep it running.
const idle = setInterval(() => undefined, 1 << 30);

// As process 1 of a container Node.js ignores SIGTERM unless somebody listens.
process.once('SIGTERM', () => {
  stopping = true;
  clearInterval(idle);
  for (const socket of sockets.clients) socket.close(GOING_AWAY, 'the service stops');
  // Closing a server closes its idle connections too; those with a request end after their answer.
  for (const server of servers) server.close();
  setTimeout(() => process.exit(0), GRACE_MS).unref();
});
