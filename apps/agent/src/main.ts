import { runCommand } from '@mcp/daemon/command';
import { AgentServiceDefinition } from '@mcp/proto/agent';
import { Config } from './config.ts';
import { createContainers } from './containers/containers.ts';
import { addressesOf } from './desired.ts';
import { createEffects } from './effects.ts';
import { createJournal } from './operations/journal.ts';
import { migrations } from './migrations.ts';
import { createNodeParts } from './status/node-parts.ts';
import { createObserver } from './status/observe.ts';
import { createOperations } from './operations/operations.ts';
import { connectPeers } from './peers.ts';
import { createInPlace } from './status/in-place.ts';
import { createProof } from './proof.ts';
import { sagaOf } from './operations/sagas.ts';
import { access, createAgentService } from './service.ts';
import { createStore } from './store.ts';
import { reloadRenewedCertificates } from './renewed-certificates.ts';

await runCommand({
  name: 'mcp-agent',
  envPrefix: 'MCP_AGENT',
  schema: Config,
  migrations,
  serve({ config, log, database, server, daemon }) {
    const node = config.node.name;
    const store = createStore(database);
    const journal = createJournal(database);
    const containers = createContainers({
      socket: config.containers.socket,
      node,
      namespace: config.containers.namespace,
      stopTimeoutS: config.containers.stop_timeout_s,
    });
    const peers = connectPeers(config);
    daemon.onStop('peers', peers.close);
    const effects = createEffects({ config, store, containers, peers, proof: createProof(config) });
    const observer = createObserver({ node, backendAddress: config.node.backend_address, containers, peers });
    const inPlace = createInPlace({ observer, effects, journal });
    const operations = createOperations({
      journal,
      sagaOf: (entry, resumes) => sagaOf(entry, resumes, { node, store, effects, ...inPlace }),
      describe(service) {
        const found = store.find(service);
        const running = found?.active ? found.generation : undefined;
        return { generation: running?.number ?? 0, addresses: addressesOf(running?.routes ?? []) };
      },
      signal: daemon.signal,
      log,
    });
    const parts = createNodeParts({ config, containers, peers });
    const startedAt = new Date();
    server.add(
      AgentServiceDefinition,
      createAgentService({
        config,
        store,
        journal,
        operations,
        effects,
        containers,
        observer,
        parts,
        startedAt,
      }),
      access,
    );
    daemon.run('resume operations', () => operations.resume());
    daemon.run('reload renewed certificates', (signal) => reloadRenewedCertificates({ peers, log, signal }));
  },
});
