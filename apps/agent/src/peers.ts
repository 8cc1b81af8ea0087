import { openChannel, type Channel } from '@mcp/daemon/client';
import { CertificateServiceDefinition } from '@mcp/proto/certd';
import { RecordServiceDefinition } from '@mcp/proto/dnsd';
import { PortServiceDefinition } from '@mcp/proto/portd';
import { RouteServiceDefinition } from '@mcp/proto/routed';
import type { AgentConfig } from './config.ts';

type PeerName = 'portd' | 'certd' | 'routed' | 'dnsd';

/** The daemons this agent composes; one that is not configured is undefined. */
export function connectPeers(config: Pick<AgentConfig, PeerName>) {
  const channels: Channel[] = [];
  const open = <Client>(name: PeerName, connect: (channel: Channel) => Client): Client | undefined => {
    const endpoint = config[name];
    if (!endpoint) return undefined;
    const channel = openChannel(endpoint);
    channels.push(channel);
    return connect(channel);
  };
  return {
    portd: open('portd', (channel) => channel.client(PortServiceDefinition)),
    certd: open('certd', (channel) => channel.client(CertificateServiceDefinition)),
    routed: open('routed', (channel) => channel.client(RouteServiceDefinition)),
    dnsd: open('dnsd', (channel) => channel.client(RecordServiceDefinition)),
    close: () => channels.forEach((channel) => channel.close()),
  };
}

export type Peers = Omit<ReturnType<typeof connectPeers>, 'close'>;

/** Certificates may take as long as a CA does; the other daemons answer within the default deadline. */
export const CERTIFICATE_DEADLINE_MS = 120_000;
