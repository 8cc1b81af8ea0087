import { ChangeAction, type Change } from '@mcp/proto/agent';
import { certificateHostnames, dnsRecords, routesOf, slotKey } from '../desired.ts';
import type { ContainerPlan } from '../containers/plan.ts';
import type { Generation, PortSlot } from '../generation.ts';
import type { ServiceSpec } from '@mcp/proto/agent';

export interface PlanInputs {
  spec: ServiceSpec;
  /** What runs now; undefined when the service is new or stopped. */
  served: Generation | undefined;
  /** What is kept of before, stopped or not. */
  previous: Generation | undefined;
  slots: readonly PortSlot[];
  containers: readonly ContainerPlan[];
  serviceDomain: string;
  addresses: readonly string[];
}

type Item = { name: string; detail: string };

/** Says what a deploy would change, in the order of its steps. */
export function planDeploy({
  spec,
  served,
  previous,
  slots,
  containers,
  serviceDomain,
  addresses,
}: PlanInputs): Change[] {
  const held = new Map((previous?.ports ?? []).map((slot) => [slotKey(slot), String(slot.port)]));
  const port = (slot: PortSlot) => ({
    name: slot.route === '' ? slot.component : `${slot.component}/${slot.route}`,
    detail: held.get(slotKey(slot)) ?? (previous ? 'another' : ''),
  });
  const routeItem = ({ hostname, port, mode }: { hostname: string; port: number; mode: number }) => ({
    name: `${hostname}:${port}`,
    detail: mode === 2 ? 'l7' : 'l4',
  });
  const record = ({ name, value }: { name: string; value: string }) => ({
    name: `${name} ${value}`,
    detail: '',
  });
  const plain = (name: string) => ({ name, detail: '' });
  return [
    ...compare('port', slots.map(port), (previous?.ports ?? []).map(port)),
    ...compare('certificate', certificateHostnames(spec).map(plain), (previous?.hostnames ?? []).map(plain)),
    ...containerChanges(spec, previous, containers),
    ...compare(
      'route',
      routesOf(spec).map(({ route }) => routeItem(route)),
      (served?.routes ?? []).map(routeItem),
    ),
    ...compare(
      'record',
      dnsRecords(spec, serviceDomain, addresses).map(record),
      (served?.records ?? []).map(record),
    ),
  ];
}

function compare(resource: string, wanted: readonly Item[], present: readonly Item[]): Change[] {
  const before = new Map(present.map((item) => [item.name, item.detail]));
  const after = new Set(wanted.map(({ name }) => name));
  return [
    ...wanted.map(({ name, detail }) => {
      const old = before.get(name);
      if (old === undefined) return { action: ChangeAction.CREATE, resource, name, detail };
      if (old === detail) return { action: ChangeAction.KEEP, resource, name, detail: '' };
      return { action: ChangeAction.UPDATE, resource, name, detail: `${old} -> ${detail}` };
    }),
    ...present
      .filter(({ name }) => !after.has(name))
      .map(({ name }) => ({ action: ChangeAction.DELETE, resource, name, detail: '' })),
  ];
}

function containerChanges(
  spec: ServiceSpec,
  previous: Generation | undefined,
  plans: readonly ContainerPlan[],
): Change[] {
  const changes = plans.map(({ wanted: { component }, action, replaces, overlaps }) => {
    const image = spec.components.find(({ name }) => name === component)?.image ?? '';
    const old = previous?.spec.components.find(({ name }) => name === component)?.image;
    const resource = 'container';
    if (action === 'keep') return { action: ChangeAction.KEEP, resource, name: component, detail: '' };
    if (action === 'start')
      return { action: ChangeAction.UPDATE, resource, name: component, detail: 'start again' };
    if (replaces.length === 0 && overlaps.length === 0)
      return { action: ChangeAction.CREATE, resource, name: component, detail: image };
    const beside = overlaps.length > 0 ? ', beside the old one' : '';
    const detail = `${old === image ? `${image}, changed settings` : `${old ?? 'unknown'} -> ${image}`}${beside}`;
    return { action: ChangeAction.UPDATE, resource, name: component, detail };
  });
  const wanted = new Set(spec.components.map(({ name }) => name));
  const gone = (previous?.spec.components ?? []).filter(({ name }) => !wanted.has(name));
  return [
    ...changes,
    ...gone.map(({ name, image }) => ({
      action: ChangeAction.DELETE,
      resource: 'container',
      name,
      detail: image,
    })),
  ];
}
