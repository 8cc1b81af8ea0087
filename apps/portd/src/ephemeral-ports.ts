import { existsSync, readFileSync } from 'node:fs';

/** An inclusive range of ports. */
export interface PortRange {
  first: number;
  last: number;
}

/** Of a kernel that does not say: the one that RFC 6335 (section 6) sets aside. */
const DYNAMIC_PORTS: PortRange = { first: 49_152, last: 65_535 };

/**
 * The range from which the kernel takes ports for outgoing connections: one of them may be in use at
 * any moment at which a container is started again.
 */
export function readEphemeralPorts(file = '/proc/sys/net/ipv4/ip_local_port_range'): PortRange {
  if (!existsSync(file)) return DYNAMIC_PORTS;
  const [first = NaN, last = NaN] = readFileSync(file, 'utf8').trim().split(/\s+/).map(Number);
  return Number.isInteger(first) && Number.isInteger(last) ? { first, last } : DYNAMIC_PORTS;
}
