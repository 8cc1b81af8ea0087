import type { ComponentSpec, ServiceSpec } from '@mcp/proto/agent';

/** A variable that carries the port assigned to a route of the component itself. */
export interface PortVariable {
  variable: string;
  /** Empty for a route without name. */
  route: string;
}

/** A variable that carries the address of a route of another component. */
export interface PeerVariable {
  variable: string;
  component: string;
  /** Empty for a route without name. */
  route: string;
}

/** Returns which variables tell `component` its ports. One route is told twice: as `PORT` and by name. */
export function portVariables({ name, routes }: ComponentSpec): PortVariable[] {
  const [first] = routes;
  if (first && routes.length === 1) {
    return [
      { variable: 'PORT', route: first.name },
      { variable: `PORT_${variableName(first.name || name)}`, route: first.name },
    ];
  }
  return routes.map((route) => ({ variable: `PORT_${variableName(route.name)}`, route: route.name }));
}

/** Returns which variables tell `component` where the service's other components are. */
export function peerVariables(spec: ServiceSpec, component: ComponentSpec): PeerVariable[] {
  return spec.components
    .filter(({ name }) => name !== component.name)
    .flatMap((peer) =>
      peer.routes.map((route) => ({
        variable: ['PEER', peer.name, ...(route.name === '' ? [] : [route.name])].map(variableName).join('_'),
        component: peer.name,
        route: route.name,
      })),
    );
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
