import { messageWithCauses } from '@mcp/daemon/errors';
import { ComponentState, type ComponentStatus, type Problem } from '@mcp/proto/agent';
import type { Certificate } from '@mcp/proto/certd';
import type { RecordStatus } from '@mcp/proto/dnsd';
import type { Lease } from '@mcp/proto/portd';
import type { RouteStatus } from '@mcp/proto/routed';
import type { Containers, ObservedContainer } from '../containers/containers.ts';
import { whyUnhealthy } from '../containers/health.ts';
import type { Peers } from '../peers.ts';
import type { RegisteredService } from '../store.ts';

/** What the daemons and the engine say of one service now. A daemon that is not configured says nothing. */
export interface Observed {
  components: ComponentStatus[];
  /** The service's containers, recorded or not. */
  containers: ObservedContainer[] | undefined;
  leases: Lease[] | undefined;
  certificates: Certificate[] | undefined;
  routes: RouteStatus[] | undefined;
  records: RecordStatus[] | undefined;
  /** Who could not be asked, and why. */
  unanswered: Problem[];
}

/** Asks the engine and the daemons about services. */
export interface Observer {
  components(
    service: RegisteredService,
    containers: readonly ObservedContainer[],
  ): Promise<ComponentStatus[]>;
  service(service: RegisteredService, signal: AbortSignal): Promise<Observed>;
}

export function createObserver({
  node,
  backendAddress,
  containers,
  peers: { portd, certd, routed, dnsd },
}: {
  node: string;
  backendAddress: string;
  containers: Containers;
  peers: Peers;
}): Observer {
  async function component(
    { active, generation }: RegisteredService,
    name: string,
    all: readonly ObservedContainer[],
  ): Promise<ComponentStatus> {
    const spec = generation.spec.components.find((each) => each.name === name)!;
    const recorded = generation.containers.find((each) => each.component === name);
    const found = all.find((each) => each.name === recorded?.name);
    const status: ComponentStatus = {
      component: name,
      state: active ? ComponentState.MISSING : ComponentState.STOPPED,
      image: spec.image,
      version: spec.version,
      runningImage: '',
      container: recorded?.name ?? '',
      containerId: found?.id ?? '',
      startedAt: undefined,
      exitCode: 0,
      generation: BigInt(found?.generation ?? 0),
    };
    const process = found && (await containers.process(found.name));
    if (!found || !process) return status;
    if (!process.running) {
      return {
        ...status,
        state: active ? ComponentState.EXITED : ComponentState.STOPPED,
        exitCode: process.exitCode,
      };
    }
    const unhealthy = await whyUnhealthy(containers, {
      component: spec,
      container: found.name,
      ports: generation.ports,
      address: backendAddress,
    });
    return {
      ...status,
      state: unhealthy === undefined ? ComponentState.RUNNING : ComponentState.UNHEALTHY,
      runningImage: found.image,
      startedAt: process.startedAt,
    };
  }

  const components: Observer['components'] = (service, all) =>
    Promise.all(service.generation.spec.components.map(({ name }) => component(service, name, all)));

  return {
    components,
    async service(service, signal) {
      const owner = `${node}/${service.name}`;
      const unanswered: Problem[] = [];
      async function ask<Answer>(
        resource: string,
        call: Promise<Answer> | undefined,
      ): Promise<Answer | undefined> {
        return call?.catch((error: unknown) => {
          unanswered.push({ resource, message: messageWithCauses(error) });
          return undefined;
        });
      }
      const [found, leases, certificates, routes, records] = await Promise.all([
        ask(
          'container',
          containers
            .list(service.name)
            .then(async (all) => ({ all, components: await components(service, all) })),
        ),
        ask('port', portd?.listLeases({ owner }, { signal })),
        ask('certificate', certd?.listCertificates({ owner }, { signal })),
        ask('route', routed?.listRoutes({ owner }, { signal })),
        ask('record', dnsd?.listRecords({ owner }, { signal })),
      ]);
      return {
        components: found?.components ?? [],
        containers: found?.all,
        leases: leases?.leases,
        certificates: certificates?.certificates,
        routes: routes?.routes,
        records: records?.records,
        unanswered,
      };
    },
  };
}
