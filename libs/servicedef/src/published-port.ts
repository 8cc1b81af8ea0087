import type { PublishedPort } from '@mcp/proto/agent';
import { textForm } from './form.ts';

const FORM = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):)?([0-9]{1,5}):([0-9]{1,5})(?:\/(tcp|udp))?$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(?:\.(?!$)|$)){4}$/;

/** Old style, "[ip:]host:container[/tcp|udp]". */
export const publishedPort = textForm<PublishedPort>(
  '"[ip:]host:container[/tcp|udp]" with ports from 1 to 65535',
  (mapping) => {
    const [, ipv6, ipv4, host, container, protocol = 'tcp'] = FORM.exec(mapping) ?? [];
    const hostPort = Number(host);
    const containerPort = Number(container);
    if (!isPort(hostPort) || !isPort(containerPort)) return undefined;
    if (ipv4 !== undefined && !IPV4.test(ipv4)) return undefined;
    if (ipv6 !== undefined && !URL.canParse(`http://[${ipv6}]`)) return undefined;
    return { hostIp: ipv6 ?? ipv4 ?? '', hostPort, containerPort, protocol };
  },
);

export function formatPublishedPort({ hostIp, hostPort, containerPort, protocol }: PublishedPort): string {
  const address = hostIp.includes(':') ? `[${hostIp}]:` : hostIp && `${hostIp}:`;
  return `${address}${hostPort}:${containerPort}${protocol === 'udp' ? '/udp' : ''}`;
}

function isPort(number: number): boolean {
  return number >= 1 && number <= 65535;
}
