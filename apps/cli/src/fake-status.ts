import { ComponentState, type GetServiceResponse, type Problem, type ServiceSpec } from '@mcp/proto/agent';
import { RecordState, RecordType } from '@mcp/proto/dnsd';
import { RouteMode, RouteState } from '@mcp/proto/routed';

export const DAY_MS = 86_400_000;

export interface FakeService {
  spec: ServiceSpec;
  active: boolean;
  generation: bigint;
  startedAt: Date;
}

/** A service whose first component runs; the others have exited, and its route is missing. */
export function statusOf(
  { spec, active, generation, startedAt }: FakeService,
  problems: readonly Problem[],
): GetServiceResponse {
  const { name, node, version } = spec;
  const now = Date.now();
  return {
    spec,
    summary: {
      name,
      node,
      version,
      active,
      generation,
      components: spec.components.map((component, index) => ({
        component: component.name,
        state: !active
          ? ComponentState.STOPPED
          : index === 0
            ? ComponentState.RUNNING
            : ComponentState.EXITED,
        image: component.image,
        version: component.version,
        runningImage: active && index === 0 ? component.image : '',
        container: `${name}-${component.name}-${generation}`,
        containerId: 'c0ffee',
        startedAt: active && index === 0 ? startedAt : undefined,
        exitCode: active && index > 0 ? 137 : 0,
        generation,
      })),
    },
    leases: [
      {
        owner: `${node}/${name}`,
        component: 'api',
        route: 'rest',
        port: 23_811,
        createdAt: startedAt,
        generation,
      },
    ],
    certificates: [
      {
        owner: `${node}/${name}`,
        hostname: `${name}.test`,
        issuer: 'services',
        serial: '01',
        notBefore: new Date(now - DAY_MS),
        notAfter: new Date(now + 89.5 * DAY_MS),
        renewAt: new Date(now + 60 * DAY_MS),
        certificatePath: '',
        keyPath: '',
        fingerprint: '',
        newlyIssued: false,
        lastError: '',
      },
    ],
    routes: [
      {
        owner: `${node}/${name}`,
        state: RouteState.MISSING,
        route: {
          hostname: `${name}.test`,
          port: 443,
          mode: RouteMode.L7,
          backend: '127.0.0.1:23811',
          backendTls: false,
          certificatePath: '',
          keyPath: '',
        },
      },
    ],
    records: [
      {
        owner: `${node}/${name}`,
        zone: 'test',
        provider: 'mcns',
        state: RecordState.IN_STEP,
        record: { name: `${name}.test`, type: RecordType.A, value: '10.0.0.1', ttl: 60 },
      },
    ],
    problems: active
      ? [{ resource: 'route', message: `${name}.test:443 is missing in the proxy` }, ...problems]
      : [],
    operations: [],
  };
}
