import { join } from 'node:path';

/** Where everything of HAProxy is. HAProxy itself names maps, lists and certificates by these paths. */
export function createLayout(directory: string) {
  const path = (name: string) => join(directory, name);
  return {
    directory,
    certificates: path('certificates'),
    config: path('haproxy.cfg'),
    pidFile: path('haproxy.pid'),
    adminSocket: path('admin.sock'),
    /** Where the TCP listener hands connections to the one that ends TLS. */
    l7Socket: (port: number) => path(`l7-${port}.sock`),
    /** Hostname to "<ip>/<port>". */
    l4Map: (port: number) => path(`l4-${port}.map`),
    /** Hostname to "<http|tls>/<ip>/<port>". */
    l7Map: (port: number) => path(`l7-${port}.map`),
    /** Which certificate answers for which hostname. */
    certificateList: (port: number) => path(`certificates-${port}.list`),
    certificate: (port: number, hostname: string) => path(`certificates/${port}-${hostname}.pem`),
  };
}

export type Layout = ReturnType<typeof createLayout>;
