import { describe, expect, test } from 'vitest';
import { parseServiceDefinition } from './parse.ts';
import { formatProblem } from './problem.ts';

function complain(text: string, file = 'demo.toml', version?: string): string {
  const parsed = parseServiceDefinition(text, { file, registry: 'localhost', version });
  return 'problems' in parsed ? parsed.problems.map(formatProblem).join('\n') : 'no problem';
}

const TOP = 'name = "demo"\nnode = "rift"\nversion = "v1"\n';
const COMPONENT = '[[components]]\nname = "web"\n';

/** A definition with `lines` at the top, from line 4. */
function top(lines: string): string {
  return `${TOP}${lines}\n${COMPONENT}`;
}

/** A definition with `lines` in its component "web", from line 6. */
function component(lines: string): string {
  return `${TOP}${COMPONENT}${lines}\n`;
}

describe('not TOML', () => {
  test.each([
    [
      'a missing value',
      `name =
`,
      `demo.toml:1:7: not TOML: expected a value: text in quotes, a number, true, false, a list or a table
  name =
        ^`,
    ],
    [
      'a string without end',
      `name = "demo
`,
      `demo.toml:1:13: not TOML: expected the closing quote on this line, or an escape like \\n
  name = "demo
              ^`,
    ],
    [
      'a key that is there twice',
      `name = "demo"
name = "demo"
`,
      `demo.toml:2:1: not TOML: expected a key or table that is not there already
  name = "demo"
  ^`,
    ],
    [
      'a table that is there twice',
      component(`[build]
[build]`),
      `demo.toml:7:2: not TOML: expected a key or table that is not there already
  [build]
   ^`,
    ],
    [
      'a place past the end',
      `name = "demo"
[build`,
      `demo.toml:2:2: not TOML: expected "=" after a key, or "]" after the name of a table
  [build
   ^`,
    ],
    [
      'nesting without end',
      `name = ${'['.repeat(40)}`,
      `demo.toml:1:40: not TOML: expected fewer lists or tables in each other
  name = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
                                         ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('unknown keys', () => {
  test.each([
    [
      'at the top, with the nearest known key',
      top('verison = "v2"'),
      `demo.toml:4:1: unknown key "verison" in the service, did you mean "version"?
  verison = "v2"
  ^`,
    ],
    [
      'in a component',
      component('imgae = "x"'),
      `demo.toml:6:1: unknown key "imgae" in component "web", did you mean "image"?
  imgae = "x"
  ^`,
    ],
    [
      'in a route',
      component(`[[components.routes]]
port = 443
hostnme = "a.example"`),
      `demo.toml:8:1: unknown key "hostnme" in route 1 of component "web", did you mean "hostname"?
  hostnme = "a.example"
  ^`,
    ],
    [
      'in health',
      component(`[components.health]
http = "/"`),
      `demo.toml:7:1: unknown key "http" in health of component "web", it may have path, route, command, interval, timeout, retries, start_period
  http = "/"
  ^`,
    ],
    [
      'in build',
      component(`[build]
image.web = "Dockerfile"`),
      `demo.toml:7:1: unknown key "image" in [build], did you mean "images"?
  image.web = "Dockerfile"
  ^`,
    ],
    [
      'with no known key near',
      component('zzzzzzzz = 1'),
      `demo.toml:6:1: unknown key "zzzzzzzz" in component "web", it may have name, image, version, cmd, env, volumes, network, user, restart, ports, depends_on, strategy, hold, drain, memory, cpus, health, routes
  zzzzzzzz = 1
  ^`,
    ],
    [
      'with control characters',
      component('"\\u001b[2J" = 1'),
      `demo.toml:6:1: unknown key "\\u001b[2J" in component "web", it may have name, image, version, cmd, env, volumes, network, user, restart, ports, depends_on, strategy, hold, drain, memory, cpus, health, routes
  "\\u001b[2J" = 1
  ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('wrong types and ranges', () => {
  test.each([
    [
      'text for a port',
      component('routes = [{ port = "443" }]'),
      `demo.toml:6:20: port of route 1 of component "web" must be an integer from 1 to 65535, not "443"
  routes = [{ port = "443" }]
                     ^`,
    ],
    [
      'a port of 0',
      component('routes = [{ port = 0 }]'),
      `demo.toml:6:20: port of route 1 of component "web" must be an integer from 1 to 65535, not 0
  routes = [{ port = 0 }]
                     ^`,
    ],
    [
      'a port above 65535',
      component('routes = [{ port = 65536 }]'),
      `demo.toml:6:20: port of route 1 of component "web" must be an integer from 1 to 65535, not 65536
  routes = [{ port = 65536 }]
                     ^`,
    ],
    [
      'a float for a port',
      component('routes = [{ port = 443.0 }]'),
      `demo.toml:6:20: port of route 1 of component "web" must be an integer from 1 to 65535, not 443.0
  routes = [{ port = 443.0 }]
                     ^`,
    ],
    [
      'an integer beyond 64 bits',
      component('routes = [{ port = 99999999999999999999999999 }]'),
      `demo.toml:6:20: port of route 1 of component "web" must be an integer from 1 to 65535, not 99999999999999999999999999
  routes = [{ port = 99999999999999999999999999 }]
                     ^`,
    ],
    [
      'an integer for text',
      component('network = 1'),
      `demo.toml:6:11: network of component "web" must be the name of a network, not 1
  network = 1
            ^`,
    ],
    [
      'text for a flag',
      top('active = "yes"'),
      `demo.toml:4:10: active of the service must be true or false, not "yes"
  active = "yes"
           ^`,
    ],
    [
      'text for a list',
      component('cmd = "serve"'),
      `demo.toml:6:7: cmd of component "web" must be a list, not "serve"
  cmd = "serve"
        ^`,
    ],
    [
      'an item of a wrong type',
      component(`cmd = [
  "serve",
  8080,
]`),
      `demo.toml:8:3: item 2 of cmd of component "web" must be text, not 8080
    8080,
    ^`,
    ],
    [
      'a table for a list of tables',
      `name = "demo"
node = "rift"
version = "v1"
[components]
name = "web"`,
      `demo.toml:4:1: components of the service must be a list of tables, each under a header in double brackets, not a table
  [components]
  ^`,
    ],
    [
      'text for a table',
      component('health = "/"'),
      `demo.toml:6:10: health of component "web" must be a table, not "/"
  health = "/"
           ^`,
    ],
    [
      'a list of text for routes',
      component('routes = ["443"]'),
      `demo.toml:6:11: item 1 of routes of component "web" must be a table, not "443"
  routes = ["443"]
            ^`,
    ],
    [
      'a list of text for components',
      `name = "demo"
node = "rift"
version = "v1"
components = ["web"]`,
      `demo.toml:4:15: item 1 of components of the service must be a table, not "web"
  components = ["web"]
                ^`,
    ],
    [
      'a date',
      component('user = 2026-01-01'),
      `demo.toml:6:8: user of component "web" must be "uid:gid" or a name, not a date
  user = 2026-01-01
         ^`,
    ],
    [
      'a strategy that is none',
      component('strategy = "rolling"'),
      `demo.toml:6:12: strategy of component "web" must be "recreate" or "overlap", not "rolling"
  strategy = "rolling"
             ^`,
    ],
    [
      'a mode that is none',
      component('routes = [{ port = 443, mode = "L7" }]'),
      `demo.toml:6:32: mode of route 1 of component "web" must be "l4" or "l7", not "L7"
  routes = [{ port = 443, mode = "L7" }]
                                 ^`,
    ],
    [
      'a restart policy that is none',
      component('restart = "sometimes"'),
      `demo.toml:6:11: restart of component "web" must be "no", "always", "unless-stopped" or "on-failure[:tries]", not "sometimes"
  restart = "sometimes"
            ^`,
    ],
    [
      'an empty network',
      component('network = ""'),
      `demo.toml:6:11: network of component "web" must be the name of a network, not ""
  network = ""
            ^`,
    ],
    [
      'a user that is none',
      component('user = "a b"'),
      `demo.toml:6:8: user of component "web" must be "uid:gid" or a name, not "a b"
  user = "a b"
         ^`,
    ],
    [
      'memory without unit',
      component('memory = "512"'),
      `demo.toml:6:10: memory of component "web" must be a size like "512m" (b, k, m or g), not "512"
  memory = "512"
           ^`,
    ],
    [
      'memory of nothing',
      component('memory = "0g"'),
      `demo.toml:6:10: memory of component "web" must be a size like "512m" (b, k, m or g), not "0g"
  memory = "0g"
           ^`,
    ],
    [
      'no processor time',
      component('cpus = 0'),
      `demo.toml:6:8: cpus of component "web" must be a number above 0, not 0
  cpus = 0
         ^`,
    ],
    [
      'infinite processor time',
      component('cpus = inf'),
      `demo.toml:6:8: cpus of component "web" must be a number above 0, not inf
  cpus = inf
         ^`,
    ],
    [
      'a name in capitals',
      `name = "Demo"
node = "rift"
version = "v1"
[[components]]
name = "web"`,
      `demo.toml:1:8: name of the service must be a DNS label (a-z, 0-9 and "-", a letter first, at most 63 characters), not "Demo"
  name = "Demo"
         ^`,
    ],
    [
      'a component name with underscore',
      component(`[[components]]
name = "my_db"`),
      `demo.toml:7:8: name of component "my_db" must be a DNS label (a-z, 0-9 and "-", a letter first, at most 63 characters), not "my_db"
  name = "my_db"
         ^`,
    ],
    [
      'too many routes',
      component(
        `routes = [${Array.from({ length: 65 }, (_, i) => `{ name = "r${i}", port = ${i + 1} }`).join(', ')}]`,
      ),
      `demo.toml:6:10: routes of component "web" must be at most 64, not 65
  routes = [{ name = "r0", port = 1 }, { name = "r1", port = 2 }, { name = "r2", port = 3 }, { name =…
           ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('missing fields', () => {
  test.each([
    [
      'everything',
      '',
      `demo.toml:1:1: the service lacks the required "name"
  
  ^
demo.toml:1:1: the service lacks the required "node"
  
  ^
demo.toml:1:1: the service lacks the required [[components]]: it needs at least one
  
  ^`,
    ],
    [
      'the name of a component',
      component(`[[components]]
image = "db"`),
      `demo.toml:6:1: component 2 lacks the required "name"
  [[components]]
  ^`,
    ],
    [
      'the port of a route',
      component(`[[components.routes]]
name = "rest"`),
      `demo.toml:6:1: route "rest" of component "web" lacks the required "port"
  [[components.routes]]
  ^`,
    ],
    [
      'the version, where a component pins none',
      `name = "demo"
node = "rift"
[[components]]
name = "web"
version = "v1"
[[components]]
name = "db"`,
      `demo.toml:1:1: the service lacks the required "version": component "db" pins none of its own
  name = "demo"
  ^`,
    ],
    [
      'components, in an empty list',
      `name = "demo"
node = "rift"
version = "v1"
components = []`,
      `demo.toml:4:14: the service lacks the required [[components]]: it needs at least one
  components = []
               ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('what is there twice', () => {
  test.each([
    [
      'a component name',
      component(`[[components]]
name = "web"`),
      `demo.toml:7:8: two components are named "web", first in line 5
  name = "web"
         ^`,
    ],
    [
      'a route name',
      component(`[[components.routes]]
name = "a"
port = 1
[[components.routes]]
name = "a"
port = 2`),
      `demo.toml:10:8: two routes of component "web" are named "a", first in line 7
  name = "a"
         ^`,
    ],
    [
      'a hostname and port',
      component(`[[components.routes]]
port = 443
hostname = "a.example"
[[components]]
name = "db"
[[components.routes]]
port = 443
hostname = "A.example"`),
      `demo.toml:12:8: port 443 of "a.example" is taken twice, here by route 1 of component "db", first in line 7
  port = 443
         ^`,
    ],
    [
      'a port of the default hostname',
      component('routes = [{ name = "a", port = 443 }, { name = "b", port = 443 }]'),
      `demo.toml:6:60: port 443 of the default hostname is taken twice, here by route "b" of component "web", first in line 6
  routes = [{ name = "a", port = 443 }, { name = "b", port = 443 }]
                                                             ^`,
    ],
    [
      'a container path',
      component('volumes = ["/a:/data", "/b:/data/"]'),
      `demo.toml:6:24: volumes of component "web" mounts "/data" twice, first in line 6
  volumes = ["/a:/data", "/b:/data/"]
                         ^`,
    ],
    [
      'a port of the node',
      component(`ports = ["80:80"]
[[components]]
name = "db"
ports = ["80:8080/tcp"]`),
      `demo.toml:9:10: ports of component "db" publishes port 80/tcp of the node a second time, first in line 6
  ports = ["80:8080/tcp"]
           ^`,
    ],
    [
      'a dependency',
      component(`depends_on = ["db", "db"]
[[components]]
name = "db"`),
      `demo.toml:6:21: depends_on of component "web" names "db" twice
  depends_on = ["db", "db"]
                      ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('routes', () => {
  test.each([
    [
      'several, one without name',
      component(`[[components.routes]]
name = "a"
port = 1
[[components.routes]]
port = 2`),
      `demo.toml:9:1: route 2 of component "web" needs a name: the component has 2 routes
  [[components.routes]]
  ^`,
    ],
    [
      'backend_tls with l4',
      component('routes = [{ port = 443, backend_tls = true }]'),
      `demo.toml:6:39: backend_tls of route 1 of component "web" needs mode "l7": with l4 the backend does its own TLS
  routes = [{ port = 443, backend_tls = true }]
                                        ^`,
    ],
    [
      'a wildcard',
      component('routes = [{ port = 443, hostname = "*.example.net" }]'),
      `demo.toml:6:36: hostname of route 1 of component "web" must be one hostname without wildcard, not "*.example.net"
  routes = [{ port = 443, hostname = "*.example.net" }]
                                     ^`,
    ],
    [
      'an IPv4 address',
      component('routes = [{ port = 443, hostname = "10.0.0.1" }]'),
      `demo.toml:6:36: hostname of route 1 of component "web" must be a hostname, no IP address, not "10.0.0.1"
  routes = [{ port = 443, hostname = "10.0.0.1" }]
                                     ^`,
    ],
    [
      'an IPv6 address',
      component('routes = [{ port = 443, hostname = "fe80::1" }]'),
      `demo.toml:6:36: hostname of route 1 of component "web" must be a hostname, no IP address, not "fe80::1"
  routes = [{ port = 443, hostname = "fe80::1" }]
                                     ^`,
    ],
    [
      'a hostname with a port',
      component('routes = [{ port = 443, hostname = "a.example:443" }]'),
      `demo.toml:6:36: hostname of route 1 of component "web" must be a hostname like "docs.example.net" (letters, digits, "-" and "."; no port), not "a.example:443"
  routes = [{ port = 443, hostname = "a.example:443" }]
                                     ^`,
    ],
    [
      'a hostname with an empty label',
      component('routes = [{ port = 443, hostname = "a..example" }]'),
      `demo.toml:6:36: hostname of route 1 of component "web" must be a hostname like "docs.example.net" (letters, digits, "-" and "."; no port), not "a..example"
  routes = [{ port = 443, hostname = "a..example" }]
                                     ^`,
    ],
    [
      'a hostname with a final dot',
      component('routes = [{ port = 443, hostname = "a.example." }]'),
      `demo.toml:6:36: hostname of route 1 of component "web" must be a hostname like "docs.example.net" (letters, digits, "-" and "."; no port), not "a.example."
  routes = [{ port = 443, hostname = "a.example." }]
                                     ^`,
    ],
    [
      'a wrong hostname alone, not as the default hostname too',
      component('routes = [{ name = "a", port = 443 }, { name = "b", port = 443, hostname = "b_" }]'),
      `demo.toml:6:76: hostname of route "b" of component "web" must be a hostname like "docs.example.net" (letters, digits, "-" and "."; no port), not "b_"
  routes = [{ name = "a", port = 443 }, { name = "b", port = 443, hostname = "b_" }]
                                                                             ^`,
    ],
    [
      'an empty hostname',
      component('routes = [{ port = 443, hostname = "" }]'),
      `demo.toml:6:36: hostname of route 1 of component "web" must be a hostname like "docs.example.net" (letters, digits, "-" and "."; no port), not ""
  routes = [{ port = 443, hostname = "" }]
                                     ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('environment variables that collide', () => {
  test.each([
    [
      'in the list itself',
      component('env = ["A=1", "A=2"]'),
      `demo.toml:6:15: component "web" would get the environment variable "A" twice: from env (line 6) and env (line 6)
  env = ["A=1", "A=2"]
                ^`,
    ],
    [
      'with the port of the only route',
      component(`env = ["PORT=1"]
[[components.routes]]
port = 443`),
      `demo.toml:7:1: component "web" would get the environment variable "PORT" twice: from env (line 6) and its route 1 (line 7)
  [[components.routes]]
  ^`,
    ],
    [
      'with the named port of a route',
      component(`routes = [{ name = "rest", port = 443 }]
[components.env]
PORT_REST = 1`),
      `demo.toml:8:1: component "web" would get the environment variable "PORT_REST" twice: from its route "rest" (line 6) and env (line 8)
  PORT_REST = 1
  ^`,
    ],
    [
      'with the address of a peer',
      component(`env = ["PEER_DB=x"]
[[components]]
name = "db"
routes = [{ port = 5432 }]`),
      `demo.toml:9:11: component "web" would get the environment variable "PEER_DB" twice: from env (line 6) and route 1 of component "db" (line 9)
  routes = [{ port = 5432 }]
            ^`,
    ],
    [
      'between two peers',
      component(`[[components]]
name = "a-b"
[[components.routes]]
port = 1
[[components]]
name = "a"
[[components.routes]]
name = "b"
port = 2`),
      `demo.toml:13:8: component "web" would get the environment variable "PEER_A_B" twice: from route 1 of component "a-b" (line 8) and route "b" of component "a" (line 13)
  name = "b"
         ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('variables', () => {
  test.each([
    [
      'one without "="',
      component('env = ["A"]'),
      `demo.toml:6:8: item 1 of env of component "web" must be "KEY=VALUE", not "A"
  env = ["A"]
         ^`,
    ],
    [
      'one without name',
      component('env = ["=1"]'),
      `demo.toml:6:8: item 1 of env of component "web" must be "KEY=VALUE", not "=1"
  env = ["=1"]
         ^`,
    ],
    [
      'a float',
      component('env = { A = 1.5 }'),
      `demo.toml:6:13: A of env of component "web" must be text, an integer, true or false, not 1.5
  env = { A = 1.5 }
              ^`,
    ],
    [
      'a name with a blank',
      component('env = { "A B" = "x" }'),
      `demo.toml:6:9: "A B" in env of component "web" must be a variable name without "=" and blanks
  env = { "A B" = "x" }
          ^`,
    ],
    [
      'a value with NUL',
      component('env = { A = "\\u0000" }'),
      `demo.toml:6:13: A of env of component "web" must be text, an integer, true or false, not "\\u0000"
  env = { A = "\\u0000" }
              ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('versions and images', () => {
  test.each([
    [
      'latest',
      `name = "demo"
node = "rift"
version = "latest"
[[components]]
name = "web"`,
      `demo.toml:3:11: version of the service must be a fixed version, not "latest"
  version = "latest"
            ^`,
    ],
    [
      'latest of a component',
      component('version = "latest"'),
      `demo.toml:6:11: version of component "web" must be a fixed version, not "latest"
  version = "latest"
            ^`,
    ],
    [
      'an empty version',
      component('version = ""'),
      `demo.toml:6:11: version of component "web" must be an image tag (letters, digits, "_", "." and "-", at most 128 characters), not ""
  version = ""
            ^`,
    ],
    [
      'a malformed version',
      component('version = "v1+build"'),
      `demo.toml:6:11: version of component "web" must be an image tag (letters, digits, "_", "." and "-", at most 128 characters), not "v1+build"
  version = "v1+build"
            ^`,
    ],
    [
      'an image in latest',
      component('image = "ghcr.io/a/b:latest"'),
      `demo.toml:6:9: image of component "web" must be a fixed version of an image, not "ghcr.io/a/b:latest"
  image = "ghcr.io/a/b:latest"
          ^`,
    ],
    [
      'an empty image',
      component('image = ""'),
      `demo.toml:6:9: image of component "web" must be an image: a name like "web", or a reference like "registry.example/web:v1", not ""
  image = ""
          ^`,
    ],
    [
      'a malformed image',
      component('image = "Web App"'),
      `demo.toml:6:9: image of component "web" must be an image: a name like "web", or a reference like "registry.example/web:v1", not "Web App"
  image = "Web App"
          ^`,
    ],
    [
      'an image with an empty tag',
      component('image = "web:"'),
      `demo.toml:6:9: image of component "web" must be an image: a name like "web", or a reference like "registry.example/web:v1", not "web:"
  image = "web:"
          ^`,
    ],
    [
      'an image with a URL scheme',
      component('image = "https://ghcr.io/a"'),
      `demo.toml:6:9: image of component "web" must be an image: a name like "web", or a reference like "registry.example/web:v1", not "https://ghcr.io/a"
  image = "https://ghcr.io/a"
          ^`,
    ],
    [
      'a version that is not the tag of the image',
      component(`image = "postgres:17"
version = "16"`),
      `demo.toml:7:11: version of component "web" is "16", but its image is pinned to "17"
  version = "16"
            ^`,
    ],
    [
      'a built image with tag',
      component(`[build.images]
"web:v1" = "Dockerfile"`),
      `demo.toml:7:1: a key of [build.images] must be an image name like "web", without registry and tag, not "web:v1"
  "web:v1" = "Dockerfile"
  ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('paths, volumes and ports', () => {
  test.each([
    [
      'an absolute source path',
      top('path = "/src"'),
      `demo.toml:4:8: path of the service must be a relative path without "..", not "/src"
  path = "/src"
         ^`,
    ],
    [
      'a source path that climbs',
      top('path = "a/../../b"'),
      `demo.toml:4:8: path of the service must be a relative path without "..", not "a/../../b"
  path = "a/../../b"
         ^`,
    ],
    [
      'an empty source path',
      top('path = ""'),
      `demo.toml:4:8: path of the service must be a relative path without "..", not ""
  path = ""
         ^`,
    ],
    [
      'a Dockerfile that climbs',
      component(`[build.images]
web = "../Dockerfile"`),
      `demo.toml:7:7: web of [build.images] must be a relative path without "..", not "../Dockerfile"
  web = "../Dockerfile"
        ^`,
    ],
    [
      'a relative volume',
      component('volumes = ["data:/data"]'),
      `demo.toml:6:12: item 1 of volumes of component "web" must be "host:container[:options]" with absolute paths without "..", not "data:/data"
  volumes = ["data:/data"]
             ^`,
    ],
    [
      'a volume that climbs',
      component('volumes = ["/srv/../etc:/etc"]'),
      `demo.toml:6:12: item 1 of volumes of component "web" must be "host:container[:options]" with absolute paths without "..", not "/srv/../etc:/etc"
  volumes = ["/srv/../etc:/etc"]
             ^`,
    ],
    [
      'a volume without container path',
      component('volumes = ["/data"]'),
      `demo.toml:6:12: item 1 of volumes of component "web" must be "host:container[:options]" with absolute paths without "..", not "/data"
  volumes = ["/data"]
             ^`,
    ],
    [
      'a volume over everything',
      component('volumes = ["/data:/"]'),
      `demo.toml:6:12: item 1 of volumes of component "web" must be "host:container[:options]" with absolute paths without "..", not "/data:/"
  volumes = ["/data:/"]
             ^`,
    ],
    [
      'a volume with empty options',
      component('volumes = ["/a:/b:"]'),
      `demo.toml:6:12: item 1 of volumes of component "web" must be "host:container[:options]" with absolute paths without "..", not "/a:/b:"
  volumes = ["/a:/b:"]
             ^`,
    ],
    [
      'a port alone',
      component('ports = ["8443"]'),
      `demo.toml:6:10: item 1 of ports of component "web" must be "[ip:]host:container[/tcp|udp]" with ports from 1 to 65535, not "8443"
  ports = ["8443"]
           ^`,
    ],
    [
      'a port out of range',
      component('ports = ["80:65536"]'),
      `demo.toml:6:10: item 1 of ports of component "web" must be "[ip:]host:container[/tcp|udp]" with ports from 1 to 65535, not "80:65536"
  ports = ["80:65536"]
           ^`,
    ],
    [
      'a port of an address that is none',
      component('ports = ["300.0.0.1:80:80"]'),
      `demo.toml:6:10: item 1 of ports of component "web" must be "[ip:]host:container[/tcp|udp]" with ports from 1 to 65535, not "300.0.0.1:80:80"
  ports = ["300.0.0.1:80:80"]
           ^`,
    ],
    [
      'an IPv6 address without brackets',
      component('ports = ["::1:80:80"]'),
      `demo.toml:6:10: item 1 of ports of component "web" must be "[ip:]host:container[/tcp|udp]" with ports from 1 to 65535, not "::1:80:80"
  ports = ["::1:80:80"]
           ^`,
    ],
    [
      'a protocol that is none',
      component('ports = ["80:80/sctp"]'),
      `demo.toml:6:10: item 1 of ports of component "web" must be "[ip:]host:container[/tcp|udp]" with ports from 1 to 65535, not "80:80/sctp"
  ports = ["80:80/sctp"]
           ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('updates', () => {
  test.each([
    [
      'to hold nothing',
      component('hold = "0s"'),
      `demo.toml:6:8: hold of component "web" must be a duration like "500ms", "5s" or "1m30s", at most 10m and above 0, not "0s"
  hold = "0s"
         ^`,
    ],
    [
      'to hold longer than the proxy does',
      component('hold = "10m1ms"'),
      `demo.toml:6:8: hold of component "web" must be a duration like "500ms", "5s" or "1m30s", at most 10m and above 0, not "10m1ms"
  hold = "10m1ms"
         ^`,
    ],
    [
      'to drain longer than ten minutes',
      component('drain = "1h"'),
      `demo.toml:6:9: drain of component "web" must be a duration like "500ms", "5s" or "1m30s", at most 10m, not "1h"
  drain = "1h"
          ^`,
    ],
    [
      'to drain for a number',
      component('drain = 10'),
      `demo.toml:6:9: drain of component "web" must be a duration like "500ms", "5s" or "1m30s", at most 10m, not 10
  drain = 10
          ^`,
    ],
    [
      'to overlap with ports of the node',
      component(`ports = ["127.0.0.1:8080:80"]
strategy = "overlap"`),
      `demo.toml:7:12: strategy of component "web" cannot be "overlap" beside ports: two containers cannot publish one port of the node; use routes instead of ports, or "recreate"
  strategy = "overlap"
             ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('dependencies', () => {
  test.each([
    [
      'an unknown component',
      component('depends_on = ["db"]'),
      `demo.toml:6:15: depends_on of component "web" names "db", which is no component of this service
  depends_on = ["db"]
                ^`,
    ],
    [
      'itself',
      component('depends_on = ["web"]'),
      `demo.toml:6:15: depends_on of component "web" closes a cycle: web -> web
  depends_on = ["web"]
                ^`,
    ],
    [
      'a cycle',
      component(`depends_on = ["b"]
[[components]]
name = "b"
depends_on = ["c"]
[[components]]
name = "c"
depends_on = ["b"]`),
      `demo.toml:12:15: depends_on of component "c" closes a cycle: b -> c -> b
  depends_on = ["b"]
                ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

describe('health', () => {
  test.each([
    [
      'path and command',
      component(`health = { path = "/", command = ["true"] }
routes = [{ port = 443 }]`),
      `demo.toml:6:34: health of component "web" must have a path or a command, not both
  health = { path = "/", command = ["true"] }
                                   ^`,
    ],
    [
      'a path without any route',
      component('health.path = "/"'),
      `demo.toml:6:15: path of health of component "web" needs a route to ask at
  health.path = "/"
                ^`,
    ],
    [
      'a path where several routes could be asked',
      component(`health.path = "/"
routes = [{ name = "a", port = 1 }, { name = "b", port = 2 }]`),
      `demo.toml:6:15: path of health of component "web" needs "route" beside it: the component has 2 routes
  health.path = "/"
                ^`,
    ],
    [
      'a route of no name',
      component(`health = { path = "/", route = "b" }
routes = [{ name = "a", port = 1 }]`),
      `demo.toml:6:32: route of health of component "web" names no route of the component: "b", it has "a"
  health = { path = "/", route = "b" }
                                 ^`,
    ],
    [
      'a route where none has a name',
      component(`health.route = "a"
routes = [{ port = 1 }]`),
      `demo.toml:6:16: route of health of component "web" names no route of the component: "a", it has none with a name
  health.route = "a"
                 ^`,
    ],
    [
      'a route beside a command',
      component(`health = { command = ["true"], route = "a" }
routes = [{ name = "a", port = 1 }]`),
      `demo.toml:6:40: route of health of component "web" has no meaning beside a command
  health = { command = ["true"], route = "a" }
                                         ^`,
    ],
    [
      'a path that does not begin with a slash',
      component(`health.path = "healthz"
routes = [{ port = 443 }]`),
      `demo.toml:6:15: path of health of component "web" must be an HTTP path that begins with "/", not "healthz"
  health.path = "healthz"
                ^`,
    ],
    [
      'a duration without unit',
      component('health.interval = "5"'),
      `demo.toml:6:19: interval of health of component "web" must be a duration like "500ms", "5s" or "1m30s", at most 24h and above 0, not "5"
  health.interval = "5"
                    ^`,
    ],
    [
      'a duration of nothing',
      component('health.timeout = "0s"'),
      `demo.toml:6:18: timeout of health of component "web" must be a duration like "500ms", "5s" or "1m30s", at most 24h and above 0, not "0s"
  health.timeout = "0s"
                   ^`,
    ],
    [
      'a duration that is too long',
      component('health.start_period = "25h"'),
      `demo.toml:6:23: start_period of health of component "web" must be a duration like "500ms", "5s" or "1m30s", at most 24h, not "25h"
  health.start_period = "25h"
                        ^`,
    ],
    [
      'no retries',
      component('health.retries = 0'),
      `demo.toml:6:18: retries of health of component "web" must be an integer from 1 to 1000, not 0
  health.retries = 0
                   ^`,
    ],
  ])('refuses %s', (_, text, expected) => {
    expect(complain(text)).toBe(expected);
  });
});

test('refuses a file that is not named after its service, naming both', () => {
  expect(complain(component(''), '/etc/mcp/services/web.toml'))
    .toBe(`/etc/mcp/services/web.toml:1:8: the service is named "demo", but its file "web.toml"
  name = "demo"
         ^`);
});

test.each([
  ['latest', 'a fixed version'],
  ['', 'an image tag (letters, digits, "_", "." and "-", at most 128 characters)'],
])('refuses to deploy the version %j', (version, expected) => {
  expect(complain(component(''), 'demo.toml', version))
    .toBe(`demo.toml:3:11: the version to deploy must be ${expected}, not "${version}"
  version = "v1"
            ^`);
});

test('reports every problem, by position', () => {
  const text = `version = "latest"
name = "demo"

[[components]]
name = "api"
depends_on = ["web"]
prots = ["80:80"]

[[components.routes]]
port = 443

[[components]]
name = "web"
env = ["PEER_API=x"]
depends_on = ["api", "db"]

[[components.routes]]
port = 443
`;
  expect(complain(text)).toBe(`demo.toml:1:1: the service lacks the required "node"
  version = "latest"
  ^
demo.toml:1:11: version of the service must be a fixed version, not "latest"
  version = "latest"
            ^
demo.toml:7:1: unknown key "prots" in component "api", did you mean "ports"?
  prots = ["80:80"]
  ^
demo.toml:14:8: component "web" would get the environment variable "PEER_API" twice: from route 1 of component "api" (line 9) and env (line 14)
  env = ["PEER_API=x"]
         ^
demo.toml:15:15: depends_on of component "web" closes a cycle: api -> web -> api
  depends_on = ["api", "db"]
                ^
demo.toml:15:22: depends_on of component "web" names "db", which is no component of this service
  depends_on = ["api", "db"]
                       ^
demo.toml:18:8: port 443 of the default hostname is taken twice, here by route 1 of component "web", first in line 10
  port = 443
         ^`);
});
