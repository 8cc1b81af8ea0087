/** The web component: plain HTTP on $PORT; it finds the api through $PEER_API_REST. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { platformVariables } from './environment.ts';
import { certificatePath } from './identity.ts';
import { stopOnSignal } from './stop-on-signal.ts';

const port = process.env['PORT'];

const server = createServer((incoming, response) => {
  answer(incoming.url ?? '/').then(
    (body) => response.setHeader('content-type', 'application/json').end(`${JSON.stringify(body)}\n`),
    (error: unknown) => response.writeHead(502, { 'content-type': 'text/plain' }).end(`${String(error)}\n`),
  );
});
server.listen(Number(port), () => console.log(`web listens on ${port}`));
stopOnSignal(() => {
  server.close();
  server.closeIdleConnections();
});

async function answer(path: string): Promise<object> {
  const own = { component: 'web', path, environment: platformVariables() };
  return path === '/api' ? { ...own, api: await askApi() } : own;
}

/** The api's own certificate is in the folder that the service's components share. */
async function askApi(): Promise<unknown> {
  const [host, apiPort] = (process.env['PEER_API_REST'] ?? '').split(':');
  const ca = await readFile(certificatePath('/srv/hello'));
  return new Promise((resolve, reject) => {
    const call = request({ host, port: apiPort, servername: 'hello-backend', ca, path: '/' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))));
    });
    call.on('error', reject).end();
  });
}
