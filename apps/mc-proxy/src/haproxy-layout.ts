import { join } from 'node:path';

/** Where everything of HAProxy is. HAProxy itself names maps, lists and certificates by these paths. */
export function createLayout(directory: string) {
  const path = (name: string) => join(directory, name);
  return {
    directory,
    certificates: path('certificates'),
    config: path('haproxy.cfg'),
    /** The Lua that holds requests and connections. */
    script: path('hold.lua'),
    pidFile: path('haproxy.pid'),
    adminSocket: path('admin.sock'),
    /** Where the TCP listener hands connections to the one that ends TLS. */
    l7Socket: (port: number) => path(`l7-${port}.sock`),
    /** Where an l7 request of an HTTP backend is sent the second time. */
    againSocket: (backend: string) => path(`again-${backend}.sock`),
    /** Where Lua lets a held l4 connection wait. */
    waitingSocket: path('waiting.sock'),
    /** Hostname to the end of its hold in milliseconds since 1970; the file is empty, entries are in memory only. */
    holdsMap: (port: number) => path(`holds-${port}.map`),
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
