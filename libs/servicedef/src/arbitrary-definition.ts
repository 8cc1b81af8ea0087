import fc from 'fast-check';

/** A table of keys with the ones that are undefined left out. */
type Keys = Record<string, unknown>;

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,6}[a-z0-9])?$/);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,8}$/).filter((text) => text !== 'latest');
const digest = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'));
const port = fc.integer({ min: 1, max: 65535 });
const path = fc
  .stringMatching(/^\/[a-z]{1,8}(\/[a-z0-9. _-]{1,8})?$/)
  .filter((value) => !value.includes('..'));
const duration = fc.constantFrom('1ms', '500ms', '5s', '1m30s', '2h', '90m', '1h1m1s1ms', '24h');
const upTo10Minutes = fc.constantFrom('1ms', '2500ms', '10s', '1m30s', '10m', '600s');
const hostname = fc.constantFrom('docs.example.net', 'A.example', 'x1.y-2.example', 'xn--bcher-kva.example');

const image = fc.oneof(
  label,
  fc.tuple(label, label).map((parts) => parts.join('/')),
  fc.tuple(label, tag).map((parts) => `ghcr.io/${parts.join(':')}`),
  fc.tuple(label, tag).map((parts) => parts.join(':')),
  label.map((name) => `localhost:5000/${name}`),
  fc.tuple(label, digest).map((parts) => parts.join('@')),
);

const variable = fc.tuple(fc.stringMatching(/^[A-Z_]{1,6}$/), text);
const environment = fc.uniqueArray(variable, { selector: ([name]) => name, maxLength: 3 }).chain((entries) =>
  fc.constantFrom<unknown>(
    entries.map(([name, value]) => `${name}=${value}`),
    Object.fromEntries(entries),
  ),
);

const volumes = fc
  .uniqueArray(path, { maxLength: 3 })
  .chain((paths) =>
    fc.constantFrom(...['', ':ro', ':ro,Z'].map((options) => paths.map((to) => `/mnt${to}:${to}${options}`))),
  );

const ports = fc
  .uniqueArray(port, { maxLength: 2 })
  .chain((numbers) =>
    fc.constantFrom(
      ...['', '127.0.0.1:', '[::1]:'].flatMap((ip) =>
        ['', '/tcp', '/udp'].map((protocol) => numbers.map((number) => `${ip}${number}:80${protocol}`)),
      ),
    ),
  );

function optional<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined, freq: 2 });
}

const route = fc
  .record<Keys>({
    name: label,
    port,
    mode: optional(fc.constantFrom('l4', 'l7')),
    hostname: optional(hostname),
    backend_tls: optional(fc.boolean()),
  })
  .map((keys): Keys => ({ ...keys, backend_tls: keys['mode'] === 'l7' ? keys['backend_tls'] : undefined }));

const routes = fc.oneof(
  fc.uniqueArray(route, { selector: (keys) => keys['name'], maxLength: 3 }),
  route.map((keys) => [{ ...keys, name: undefined }]),
);

const health = fc.record<Keys>({
  interval: optional(duration),
  timeout: optional(duration),
  retries: optional(fc.integer({ min: 1, max: 1000 })),
  start_period: optional(fc.oneof(duration, fc.constant('0s'))),
  command: optional(fc.array(text, { minLength: 1, maxLength: 3 })),
});

const component = fc
  .record<Keys>({
    name: fc.oneof(label, fc.constant('api')),
    image: optional(image),
    version: optional(tag),
    cmd: optional(fc.array(text, { maxLength: 3 })),
    env: optional(environment),
    volumes: optional(volumes),
    network: optional(fc.constantFrom('host', 'mcpnet')),
    user: optional(fc.constantFrom('0:0', 'nobody', '1000:mail')),
    restart: optional(fc.constantFrom('no', 'on-failure:3')),
    ports: optional(ports),
    strategy: optional(fc.constantFrom('recreate', 'overlap')),
    hold: optional(upTo10Minutes),
    drain: optional(fc.oneof(upTo10Minutes, fc.constant('0s'))),
    memory: optional(fc.constantFrom('512m', '1G', '1536k', '12345b')),
    cpus: optional(fc.constantFrom(1, 0.5, 2.25)),
    health: optional(health),
    routes: optional(routes),
    asksHttp: fc.boolean(),
  })
  .map(withHttpHealth)
  .map(withoutPortsThatOverlap);

/**
 * Tables that are definitions by their form. Whether names and ports meet is left to chance,
 * so the parser may refuse one for that.
 */
export const definition = fc
  .record<Keys>({
    name: label,
    node: label,
    version: tag,
    active: optional(fc.boolean()),
    path: optional(fc.constantFrom('src/web', '.', 'other')),
    build: optional(fc.record({ images: fc.dictionary(label, fc.constantFrom('Dockerfile', 'docker/web')) })),
    components: fc.uniqueArray(component, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }),
  })
  .map(withDependencies);

/** Every second component depends on all before it. */
function withDependencies(table: Keys): Keys {
  const components = (table['components'] as Keys[]).map((one, index, all) =>
    index % 2 === 1 ? { ...one, depends_on: all.slice(0, index).map(({ name }) => name) } : one,
  );
  return { ...table, components };
}

/** Where it fits, "healthy" becomes an HTTP path at the first route. */
function withHttpHealth({ asksHttp, ...keys }: Keys): Keys {
  const [first] = (keys['routes'] ?? []) as Keys[];
  if (!asksHttp || !first) return keys;
  return { ...keys, health: { path: '/healthz', route: first['name'], retries: 2 } };
}

/** Two containers cannot publish one port. */
function withoutPortsThatOverlap(keys: Keys): Keys {
  return keys['strategy'] === 'overlap' ? { ...keys, ports: undefined } : keys;
}
