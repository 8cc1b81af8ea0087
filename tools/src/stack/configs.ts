import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import { ARCH, DOMAIN, networkOf, NODE, stackPrograms, type Layout, type ProgramName } from './layout.ts';
import type { StackPorts } from './ports.ts';

const LOOPBACK = '127.0.0.1';

export interface ConfigInputs {
  layout: Layout;
  ports: StackPorts;
  /** Docker API socket of the container engine. */
  engineSocket: string;
  /** Keeps containers of stacks that share an engine apart. */
  namespace: string;
}

/** Writes the configuration of every program and of the `mcp` command. Overwrites what an earlier run wrote. */
export function writeConfigs(inputs: ConfigInputs): void {
  const { layout } = inputs;
  const own = programConfigs(inputs);
  for (const { name } of stackPrograms) {
    const config = {
      server: { socket: layout.socket(name) },
      database: { path: layout.database(name) },
      ...own[name],
    };
    writeFileSync(layout.config(name), stringify(config), { mode: 0o600 });
  }
  writeFileSync(layout.cliConfig, stringify(cliConfig(layout)));
}

function programConfigs({
  layout,
  ports,
  engineSocket,
  namespace,
}: ConfigInputs): Record<ProgramName, object> {
  const at = (port: number) => `${LOOPBACK}:${port}`;
  const acme = `https://${at(ports.metacrypt)}`;
  const listeners = { '443': at(ports['443']), '8443': at(ports['8443']), '9443': at(ports['9443']) };
  const address = (name: ProgramName) => ({ address: `unix:${layout.socket(name)}` });
  const agentToken = layout.token('mcp-agent');
  return {
    metacrypt: {
      seal: { password_file: layout.sealPassword },
      rest: {
        listen_addr: at(ports.metacrypt),
        names: ['localhost'],
        addresses: [LOOPBACK],
        token_file: layout.tokenFile,
      },
      acme: { mount: 'services' },
      policies: [{ account: 'mcp-agent', domains: [DOMAIN] }],
    },
    mcns: {
      dns: { listen_addr: at(ports.dns) },
      rest: {
        listen_addr: at(ports.mcns),
        tls_cert: layout.certificate('mcns'),
        tls_key: layout.key('mcns'),
        token_file: layout.tokenFile,
      },
      zones: [{ name: DOMAIN, primary_ns: `ns.${DOMAIN}`, admin_email: `hostmaster.${DOMAIN}` }],
    },
    'mc-proxy': {
      haproxy: { directory: layout.haproxy, on_stop: 'stop' },
      listeners: Object.entries(listeners).map(([port, address]) => ({ port: Number(port), address })),
    },
    portd: {},
    certd: {
      certificates: { directory: layout.certificates },
      issuers: [
        {
          name: 'metacrypt',
          directory_url: `${acme}/acme/services/directory`,
          ca_cert: layout.root,
          domains: [DOMAIN],
          eab_url: `${acme}/v1/acme/services/eab`,
          token_path: agentToken,
        },
      ],
    },
    routed: { mc_proxy: address('mc-proxy') },
    dnsd: {
      zones: [
        {
          name: DOMAIN,
          provider: 'mcns',
          server_url: `https://${at(ports.mcns)}`,
          ca_cert: layout.root,
          token_path: agentToken,
        },
      ],
    },
    agent: {
      server: {
        socket: layout.socket('agent'),
        listen_addr: at(ports.agent),
        tls_cert: layout.certificate('agent'),
        tls_key: layout.key('agent'),
        token_file: layout.tokenFile,
      },
      node: { name: NODE, addresses: [LOOPBACK], service_domain: DOMAIN },
      containers: {
        socket: engineSocket,
        data_dir: layout.volumes,
        network: networkOf(namespace),
        namespace,
        stop_timeout_s: 5,
      },
      portd: address('portd'),
      certd: address('certd'),
      routed: address('routed'),
      dnsd: address('dnsd'),
      proof: { dns_server: at(ports.dns), ca_cert: layout.root, listeners },
    },
  };
}

function cliConfig(layout: Layout) {
  return {
    registry: 'localhost',
    services: layout.services,
    auth: { token_path: layout.token('admin') },
    nodes: [{ name: NODE, address: `unix:${layout.socket('agent')}`, arch: ARCH }],
    daemons: Object.fromEntries(stackPrograms.map(({ name }) => [name, `unix:${join(layout.socket(name))}`])),
  };
}
