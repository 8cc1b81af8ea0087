import { fromPeer } from '@mcp/daemon/client';
import type { Record as DnsRecord } from '@mcp/proto/dnsd';
import type { Route } from '@mcp/proto/routed';
import type { CertificateFiles } from '../desired.ts';
import type { LeasedSlot, PortSlot } from '../generation.ts';
import { CERTIFICATE_DEADLINE_MS, type Peers } from '../peers.ts';
import type { Proof } from '../proof.ts';
import { inParallel } from '../saga.ts';

const NOT_CONFIGURED = { detail: 'not configured' };

/**
 * What steps ask of the daemons, by owner, each safe to repeat. A daemon that is not configured is
 * skipped, and its step says so; one that is down fails the step.
 */
export function createDaemonEffects({ portd, certd, routed, dnsd }: Peers, proof: Proof) {
  return {
    /** Slots that were leased before say which port they had. */
    async leasePorts(owner: string, slots: readonly (PortSlot | LeasedSlot)[], signal: AbortSignal) {
      if (!portd) return { ...NOT_CONFIGURED, ports: [] as LeasedSlot[] };
      const wanted = slots.map((slot) => ({
        component: slot.component,
        route: slot.route,
        generation: BigInt(slot.generation),
        port: 'port' in slot ? slot.port : 0,
      }));
      const { leases } = await portd
        .leasePorts({ owner, slots: wanted }, { signal })
        .catch(fromPeer('portd', 'lease ports'));
      const ports = leases.map(({ component, route, generation, port }): LeasedSlot => ({
        component,
        route,
        generation: Number(generation),
        port,
      }));
      return {
        ports,
        detail:
          ports.map(({ component, route, port }) => `${route || component} ${port}`).join(', ') ||
          'none needed',
      };
    },

    async releasePorts(owner: string, signal: AbortSignal) {
      if (!portd) return NOT_CONFIGURED;
      await portd.releasePorts({ owner }, { signal }).catch(fromPeer('portd', 'release ports'));
      return {};
    },

    async ensureCertificates(owner: string, hostnames: readonly string[], signal: AbortSignal) {
      if (!certd) return { ...NOT_CONFIGURED, certificates: [] as CertificateFiles[] };
      const { certificates } = await certd
        .ensureCertificates(
          { owner, hostnames: [...hostnames] },
          { signal, deadline: CERTIFICATE_DEADLINE_MS },
        )
        .catch(fromPeer('certd', `certificate for ${hostnames.join(', ')}`));
      const issued = certificates.filter(({ newlyIssued }) => newlyIssued).map(({ hostname }) => hostname);
      return {
        certificates: certificates.map(({ hostname, certificatePath, keyPath }) => ({
          hostname,
          certificatePath,
          keyPath,
        })),
        detail:
          issued.length > 0 ? `issued ${issued.join(', ')}` : hostnames.length > 0 ? 'valid' : 'none needed',
      };
    },

    async releaseCertificates(owner: string, signal: AbortSignal) {
      if (!certd) return NOT_CONFIGURED;
      await certd.releaseCertificates({ owner }, { signal }).catch(fromPeer('certd', 'release certificates'));
      return {};
    },

    async applyRoutes(owner: string, routes: readonly Route[], signal: AbortSignal) {
      if (!routed) return NOT_CONFIGURED;
      await routed
        .applyRoutes({ owner, routes: [...routes] }, { signal })
        .catch(fromPeer('routed', 'apply routes'));
      return { detail: routes.map(({ hostname, port }) => `${hostname}:${port}`).join(', ') || 'none' };
    },

    async applyRecords(owner: string, records: readonly DnsRecord[], signal: AbortSignal) {
      if (!dnsd) return NOT_CONFIGURED;
      await dnsd
        .applyRecords({ owner, records: [...records] }, { signal })
        .catch(fromPeer('dnsd', 'apply records'));
      return { detail: records.map(({ name, value }) => `${name} ${value}`).join(', ') || 'none' };
    },

    async prove(
      { routes, records }: { routes: readonly Route[]; records: readonly DnsRecord[] },
      signal: AbortSignal,
    ) {
      const proofs = await inParallel([
        routed ? proof.routes(routes, signal) : Promise.resolve('routes not configured'),
        dnsd ? proof.records(records, signal) : Promise.resolve('dns not configured'),
      ]);
      return { detail: proofs.join(', ') };
    },

    /** Everything that the daemons hold of an owner; undefined for one that is not configured. */
    async holdings(owner: string, signal: AbortSignal) {
      const [leases, certificates, routes, records] = await inParallel([
        portd?.listLeases({ owner }, { signal }).catch(fromPeer('portd', 'list leases')),
        certd?.listCertificates({ owner }, { signal }).catch(fromPeer('certd', 'list certificates')),
        routed?.listRoutes({ owner }, { signal }).catch(fromPeer('routed', 'list routes')),
        dnsd?.listRecords({ owner }, { signal }).catch(fromPeer('dnsd', 'list records')),
      ]);
      const held: (readonly unknown[] | undefined)[] = [
        leases?.leases,
        certificates?.certificates,
        routes?.routes,
        records?.records,
      ];
      return held.flatMap((each) => each ?? []);
    },
  };
}
