/** The issuers below the root, and what their leaves are for. */
export const issuerNames = ['infra', 'services', 'clients'] as const;
export type IssuerName = (typeof issuerNames)[number];

export const ROOT = 'root';

/** A leaf proves a server, a client, or both (the platform's own processes are both). */
export type LeafPurpose = 'server' | 'client';

export const purposesByIssuer: Record<IssuerName, readonly LeafPurpose[]> = {
  infra: ['server', 'client'],
  services: ['server'],
  clients: ['client'],
};

export function isIssuerName(name: string): name is IssuerName {
  return issuerNames.some((known) => known === name);
}
