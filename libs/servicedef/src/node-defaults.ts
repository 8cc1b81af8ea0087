import type { ComponentSpec, ServiceSpec } from '@mcp/proto/agent';
import { mountPoint } from './volume.ts';

/** What only the node knows. */
export interface NodeDefaults {
  /** Domain of the default hostname, `<service>.<serviceDomain>`. */
  serviceDomain: string;
  network: string;
  user: string;
  restart: string;
  /** Directory of the services' data on the node; seen as /srv in the containers. */
  dataDir: string;
}

/** Returns `spec` with everything filled in that its definition left to the node. */
export function withNodeDefaults(spec: ServiceSpec, defaults: NodeDefaults): ServiceSpec {
  return {
    ...spec,
    components: spec.components.map((component) => ({
      ...component,
      network: component.network || defaults.network,
      user: component.user || defaults.user,
      restart: component.restart || defaults.restart,
      volumes: withDataVolume(component.volumes, spec.name, defaults.dataDir),
      routes: component.routes.map((route) => ({
        ...route,
        hostname: route.hostname || `${spec.name}.${defaults.serviceDomain}`,
      })),
    })),
  };
}

/** A definition that mounts something else at /srv/<service> means it. */
function withDataVolume(
  volumes: ComponentSpec['volumes'],
  service: string,
  dataDir: string,
): ComponentSpec['volumes'] {
  const containerPath = `/srv/${service}`;
  if (volumes.some((volume) => mountPoint(volume.containerPath) === containerPath)) return volumes;
  return [{ hostPath: `${dataDir}/${service}`, containerPath, options: [] }, ...volumes];
}
