import { runCommand } from '@mcp/daemon/command';
import { AgentServiceDefinition } from '@mcp/proto/agent';
import { Config } from './config.ts';
import { createContainers } from './containers/containers.ts';
import { addressesOf } from './desired.ts';
import { createEffects } from './effects.ts';
import { createEventLog } from './events/event-log.ts';
import { createJournal } from './operations/journal.ts';
import { migrations } from './migrations.ts';
import { createNodeParts } from './status/node-parts.ts';
import { createObserver } from './status/observe.ts';
import { createOperations } from './operations/operations.ts';
import { connectPeers } from './peers.ts';
import { createInPlace } from './status/in-place.ts';
import { createProof } from './proof.ts';
import { createRebuild } from './registry/rebuild.ts';
import { sagaOf } from './operations/sagas.ts';
import { access } from './service/access.ts';
import { createAgentService } from './service/service.ts';
import { createStore } from './store.ts';
import { reloadRenewedCertificates } from './renewed-certificates.ts';
import { createRepair } from './operations/repair.ts';
import { createWatch } from './watch/watch.ts';

await runCommand({
  name: 'mcp-agent',
  envPrefix: 'MCP_AGENT',
  schema: Config,
  migrations,
  serve({ config, log, database, server, daemon }) {
    const node = config.node.name;
    const store = createStore(database);
    const journal = createJournal(database);
    const events = createEventLog(database);
    const containers = createContainers({
      socket: config.containers.socket,
      node,
      namespace: config.containers.namespace,
      stopTimeoutS: config.containers.stop_timeout_s,
    });
    const peers = connectPeers(config);
    daemon.onStop('peers', peers.close);
    const effects = createEffects({ config, store, journal, containers, peers, proof: createProof(config) });
    const observer = createObserver({ node, backendAddress: config.node.backend_address, containers, peers });
    const inPlace = createInPlace({ observer, effects, journal });
    const forget = (service: string, except: string) => {
      store.purge(service);
      events.forget(service);
      journal.forget(service, except);
    };
    const operations = createOperations({
      journal,
      sagaOf: (entry, resumes) => sagaOf(entry, resumes, { node, store, effects, forget, ...inPlace }),
      describe(service) {
        const found = store.find(service);
        const running = found?.active ? found.generation : undefined;
        return { generation: running?.number ?? 0, addresses: addressesOf(running?.routes ?? []) };
      },
      signal: daemon.signal,
      log,
    });
    const rebuild = createRebuild({ node: config.node, containers, peers, store, journal, events, log });
    const watch = createWatch({
      store,
      observe: observer.service,
      containers,
      events,
      knowsOperation: journal.knows,
      isBusy: operations.isBusy,
      repair: createRepair({ store, operations }),
      takeIn: rebuild.run,
      reconcile: config.watch.reconcile,
      intervalMs: config.watch.interval_s * 1000,
      flapping: { deaths: config.watch.flapping_deaths, withinMs: config.watch.flapping_minutes * 60_000 },
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
        events,
        watch,
        parts,
        startedAt,
      }),
      access,
    );
    daemon.run('operations and watch', async (signal) => {
      await rebuild
        .run(signal)
        .catch((error: unknown) => log.warn({ err: error }, 'registry not compared yet'));
      // Resume queues what a crash interrupted before the watch looks: nothing is repaired in its middle.
      await Promise.all([operations.resume(), watch.run(signal)]);
    });
    daemon.run('reload renewed certificates', (signal) => reloadRenewedCertificates({ peers, log, signal }));
  },
});
