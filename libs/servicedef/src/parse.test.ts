import { UpdateStrategy, type ComponentSpec, type ServiceSpec } from '@mcp/proto/agent';
import { RouteMode } from '@mcp/proto/routed';
import { describe, expect, test } from 'vitest';
import { parseServiceDefinition, type ParseOptions } from './parse.ts';
import { formatProblem } from './problem.ts';

/** The definition of platform-evolution.md, "Target State". */
const METACRYPT = `name = "metacrypt"
node = "rift"
version = "v1.0.0"

[build.images]
metacrypt = "Dockerfile.api"
metacrypt-web = "Dockerfile.web"

[[components]]
name = "api"

[[components.routes]]
name = "rest"
port = 8443
mode = "l4"

[[components.routes]]
name = "grpc"
port = 9443
mode = "l4"

[[components]]
name = "web"

[[components.routes]]
port = 443
mode = "l7"
`;

function parse(text: string, options: Partial<ParseOptions> = {}): ServiceSpec {
  const file = `/home/op/services/${/name = "(.*?)"/.exec(text)?.[1]}.toml`;
  const parsed = parseServiceDefinition(text, { file, registry: 'mcr.example:8443', ...options });
  if ('problems' in parsed) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.spec;
}

/** Parses a service "demo" with one component that has `lines`. */
function parseComponent(lines: string, options: Partial<ParseOptions> = {}): ComponentSpec {
  const text = `name = "demo"\nnode = "rift"\nversion = "v1"\n[[components]]\nname = "web"\n${lines}`;
  return parse(text, options).components[0]!;
}

const BLANK_COMPONENT = {
  cmd: [],
  env: [],
  volumes: [],
  network: '',
  user: '',
  restart: '',
  ports: [],
  dependsOn: [],
  strategy: UpdateStrategy.RECREATE,
  memoryBytes: 0n,
  cpus: 0,
  health: undefined,
  hold: undefined,
  drain: undefined,
};

describe('parseServiceDefinition', () => {
  test("parses the platform's own example, every default of the operator's side filled in", () => {
    expect(parse(METACRYPT)).toEqual({
      name: 'metacrypt',
      node: 'rift',
      version: 'v1.0.0',
      active: true,
      path: 'metacrypt',
      buildImages: { metacrypt: 'Dockerfile.api', 'metacrypt-web': 'Dockerfile.web' },
      components: [
        {
          ...BLANK_COMPONENT,
          name: 'api',
          image: 'mcr.example:8443/metacrypt:v1.0.0',
          version: 'v1.0.0',
          routes: [
            { name: 'rest', port: 8443, mode: RouteMode.L4, hostname: '', backendTls: false },
            { name: 'grpc', port: 9443, mode: RouteMode.L4, hostname: '', backendTls: false },
          ],
        },
        {
          ...BLANK_COMPONENT,
          name: 'web',
          image: 'mcr.example:8443/metacrypt-web:v1.0.0',
          version: 'v1.0.0',
          routes: [{ name: '', port: 443, mode: RouteMode.L7, hostname: '', backendTls: false }],
        },
      ],
    });
  });

  test('parses a service that sets everything', () => {
    const spec = parse(`
      name = "demo"
      node = "rift"
      version = "v1"
      active = false
      path = "src/demo"
      components = [{ name = "db" }]
    `);
    expect(spec).toMatchObject({ active: false, path: 'src/demo' });
  });

  test('parses a component that sets everything', () => {
    const component = parseComponent(`
      image = "other"
      version = "v2"
      cmd = ["serve", ""]
      env = ["A=1=2", "B="]
      volumes = ["/mnt/a:/a", "/mnt/b:/b:ro,Z"]
      network = "host"
      user = "1000:1000"
      restart = "on-failure:3"
      ports = ["127.0.0.1:28443:8443", "[::1]:53:53/udp", "80:8080"]
      strategy = "recreate"
      hold = "1m30s"
      drain = "500ms"
      memory = "512M"
      cpus = 1.5
      [components.health]
      path = "/healthz"
      route = "web"
      interval = "500ms"
      timeout = "1m30s"
      retries = 5
      start_period = "0s"
      [[components.routes]]
      name = "web"
      port = 443
      mode = "l7"
      hostname = "Docs.Example.net"
      backend_tls = true
    `);
    expect(component).toEqual({
      name: 'web',
      image: 'mcr.example:8443/other:v2',
      version: 'v2',
      cmd: ['serve', ''],
      env: [
        { name: 'A', value: '1=2' },
        { name: 'B', value: '' },
      ],
      volumes: [
        { hostPath: '/mnt/a', containerPath: '/a', options: [] },
        { hostPath: '/mnt/b', containerPath: '/b', options: ['ro', 'Z'] },
      ],
      network: 'host',
      user: '1000:1000',
      restart: 'on-failure:3',
      ports: [
        { hostIp: '127.0.0.1', hostPort: 28443, containerPort: 8443, protocol: 'tcp' },
        { hostIp: '::1', hostPort: 53, containerPort: 53, protocol: 'udp' },
        { hostIp: '', hostPort: 80, containerPort: 8080, protocol: 'tcp' },
      ],
      dependsOn: [],
      strategy: UpdateStrategy.RECREATE,
      hold: { seconds: 90n, nanos: 0 },
      drain: { seconds: 0n, nanos: 500_000_000 },
      memoryBytes: 536_870_912n,
      cpus: 1.5,
      health: {
        path: '/healthz',
        route: 'web',
        command: [],
        interval: { seconds: 0n, nanos: 500_000_000 },
        timeout: { seconds: 90n, nanos: 0 },
        retries: 5,
        startPeriod: { seconds: 0n, nanos: 0 },
      },
      routes: [
        { name: 'web', port: 443, mode: RouteMode.L7, hostname: 'docs.example.net', backendTls: true },
      ],
    });
  });

  test('takes env as a table too, with integers and booleans', () => {
    const { env } = parseComponent('[components.env]\nA = "x"\nB = 0x10\nC = true');
    expect(env.map(({ name, value }) => `${name}=${value}`)).toEqual(['A=x', 'B=16', 'C=true']);
  });

  test('takes an update that overlaps, the longest hold, and a drain of nothing', () => {
    expect(parseComponent('strategy = "overlap"\nports = []\nhold = "10m"\ndrain = "0s"')).toMatchObject({
      strategy: UpdateStrategy.OVERLAP,
      hold: { seconds: 600n, nanos: 0 },
      drain: { seconds: 0n, nanos: 0 },
    });
  });

  test('takes a health table that says nothing as none', () => {
    expect(parseComponent('[components.health]').health).toBeUndefined();
  });

  test.each([
    ['web', 'localhost/web:v1', 'v1'],
    ['team/web', 'localhost/team/web:v1', 'v1'],
    ['ghcr.io/team/web', 'ghcr.io/team/web:v1', 'v1'],
    ['ghcr.io/team/web:2.1', 'ghcr.io/team/web:2.1', '2.1'],
    ['postgres:17', 'postgres:17', '17'],
    ['[::1]:5000/web:2', '[::1]:5000/web:2', '2'],
    [`web@sha256:${'a'.repeat(64)}`, `web@sha256:${'a'.repeat(64)}`, `sha256:${'a'.repeat(64)}`],
  ])('resolves the image %s to %s', (image, reference, version) => {
    const component = parseComponent(`image = "${image}"`, { registry: 'localhost' });
    expect(component).toMatchObject({ image: reference, version });
  });

  test("gives the service's own image name to the first component when none is named api", () => {
    const components = '[[components]]\nname = "web"\n[[components]]\nname = "db"\n';
    const named = (text: string): string[] =>
      parse(`name = "demo"\nnode = "rift"\nversion = "v1"\n${text}`).components.map(({ image }) => image);
    expect(named(components)).toEqual(['mcr.example:8443/demo:v1', 'mcr.example:8443/demo-db:v1']);
    expect(named(`${components}[[components]]\nname = "api"`)).toEqual([
      'mcr.example:8443/demo-web:v1',
      'mcr.example:8443/demo-db:v1',
      'mcr.example:8443/demo:v1',
    ]);
  });

  test('needs no version of the service when every component pins its own', () => {
    const spec = parse(`
      name = "demo"
      node = "rift"
      [[components]]
      name = "web"
      version = "v3"
      [[components]]
      name = "db"
      image = "postgres:17"
    `);
    expect(spec.version).toBe('');
    expect(spec.components.map(({ version }) => version)).toEqual(['v3', '17']);
  });

  test('deploys the version it is told, except where a component pins its own', () => {
    const text = `${METACRYPT}\n[[components]]\nname = "db"\nversion = "v7"`;
    const spec = parse(text, { version: 'v2' });
    expect(spec.version).toBe('v2');
    expect(spec.components.map(({ version }) => version)).toEqual(['v2', 'v2', 'v7']);
    expect(parse(text.replace('version = "v1.0.0"', ''), { version: 'v2' })).toEqual(spec);
  });

  test('lets components share a port under different hostnames, and a hostname on different ports', () => {
    const component = parseComponent(`
      routes = [
        { name = "a", port = 443 },
        { name = "b", port = 443, hostname = "b.example" },
        { name = "c", port = 8443, hostname = "b.example" },
      ]
    `);
    expect(component.routes).toHaveLength(3);
  });

  test('takes Windows line ends and a byte order mark', () => {
    expect(parse(`\uFEFF${METACRYPT.replaceAll('\n', '\r\n')}`)).toEqual(parse(METACRYPT));
  });
});
