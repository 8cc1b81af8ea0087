import { parseAddress } from '@mcp/daemon/address';
import { fromPeer } from '@mcp/daemon/client';
import type { Logger } from '@mcp/daemon/logging';
import { ownerOf } from '@mcp/daemon/owner';
import { EventKind } from '@mcp/proto/agent';
import type { AgentConfig } from '../config.ts';
import type { Containers, ObservedContainer } from '../containers/containers.ts';
import { certificateHostnames, dnsRecords, proxyRoutes } from '../desired.ts';
import type { EventLog } from '../events/event-log.ts';
import type { Generation } from '../generation.ts';
import type { Journal } from '../operations/journal.ts';
import type { Peers } from '../peers.ts';
import { inParallel } from '../saga.ts';
import type { Store } from '../store.ts';
import { chooseGeneration, lostServices } from './choose-generation.ts';

/** Takes services that run and that the registry does not know, or knows only older generations of, into it. */
export interface Rebuild {
  /** Returns the services that it took in. Throws unavailable when the engine or a daemon does not answer. */
  run(signal: AbortSignal): Promise<string[]>;
}

/**
 * The registry's file can be lost, or be an old copy: what runs is known by its labels all the same, and must
 * not be started a second time. The operations that made it are taken into the journal, so that what is
 * left over of them can be removed.
 */
export function createRebuild({
  node,
  containers,
  peers: { routed, certd },
  store,
  journal,
  events,
  log,
}: {
  node: AgentConfig['node'];
  containers: Containers;
  peers: Pick<Peers, 'routed' | 'certd'>;
  store: Store;
  journal: Journal;
  events: EventLog;
  log: Logger;
}): Rebuild {
  async function takeIn(service: string, own: readonly ObservedContainer[], signal: AbortSignal) {
    const owner = ownerOf(node.name, service);
    const [routes, certificates] = await inParallel([
      routed?.listRoutes({ owner }, { signal }).catch(fromPeer('routed', 'list routes')),
      certd?.listCertificates({ owner }, { signal }).catch(fromPeer('certd', 'list certificates')),
    ]);
    const backends = (routes?.routes ?? []).map(({ route }) => route?.backend ?? '');
    const chosen = chooseGeneration(own, backends.map(portOfBackend));
    for (const id of new Set(own.map(({ operation }) => operation)))
      journal.recover({ id, service }, new Date());
    if (!chosen) {
      log.warn(
        { service },
        'containers of an unknown service do not say enough to take it into the registry',
      );
      return false;
    }
    const { spec, ports } = chosen;
    const generation: Generation = {
      ...chosen,
      hostnames: certificateHostnames(spec),
      routes: proxyRoutes(spec, node.backend_address, ports, certificates?.certificates ?? []),
      records: dnsRecords(spec, node.service_domain, node.addresses),
    };
    store.record(service, generation, new Date());
    const isServed = backends.length > 0 || own.some(({ running }) => running);
    if (!isServed) store.setActive(service, false);
    const names = chosen.containers.map(({ name }) => name).join(', ');
    events.append({
      time: new Date(),
      kind: EventKind.REBUILT,
      service,
      resource: 'container',
      message:
        `the registry did not know generation ${chosen.number} (${spec.version}), which ${isServed ? 'runs' : 'is stopped'}: ` +
        `it was read from the labels of ${names}; deploy it again to be sure that it is what you want`,
    });
    log.warn({ service, generation: chosen.number }, 'registry rebuilt from container labels');
    return true;
  }

  return {
    async run(signal) {
      const unfinished = new Set(journal.unfinished().map(({ service }) => service));
      const lost = lostServices(await containers.list(), {
        generationOf: (service) => store.find(service)?.generation.number,
        hasOperation: journal.knows,
      });
      const taken: string[] = [];
      for (const [service, own] of lost) {
        if (unfinished.has(service)) continue;
        if (await takeIn(service, own, signal)) taken.push(service);
      }
      return taken;
    },
  };
}

function portOfBackend(backend: string): number {
  const address = parseAddress(backend);
  return address.kind === 'tcp' ? address.port : 0;
}
