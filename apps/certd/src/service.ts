import type { AccessMap, CallerContext } from '@mcp/daemon/access';
import { requireOwner } from '@mcp/daemon/owner';
import type { CertificateServiceDefinition, CertificateServiceImplementation } from '@mcp/proto/certd';
import type { Certificates } from './certificates.ts';
import { requireHostnames } from './hostname.ts';
import type { Store } from './store.ts';
import type { Written } from './written.ts';

export const access: AccessMap<typeof CertificateServiceDefinition> = {
  ensureCertificates: 'operator',
  releaseCertificates: 'operator',
  listCertificates: 'caller',
  renewCertificate: 'operator',
  watchCertificates: 'caller',
};

export function createCertificateService({
  certificates,
  store,
  written,
}: {
  certificates: Certificates;
  store: Store;
  written: Written;
}): CertificateServiceImplementation<CallerContext> {
  return {
    async ensureCertificates({ owner, hostnames }, { caller, signal }) {
      requireOwner(owner, caller);
      return { certificates: await certificates.ensure(owner, requireHostnames(hostnames), signal) };
    },
    async releaseCertificates({ owner }, { caller }) {
      await certificates.release(requireOwner(owner, caller));
      return {};
    },
    async listCertificates({ owner }) {
      return { certificates: certificates.list(owner) };
    },
    async renewCertificate({ hostname }, { caller, signal }) {
      const name = requireHostnames([hostname])[0]!;
      const row = store.find(name);
      if (row) requireOwner(row.owner, caller);
      return { certificate: await certificates.renew(name, signal) };
    },
    async *watchCertificates(_request, { signal }) {
      for await (const certificate of written.watch(signal)) yield { certificate };
    },
  };
}
