import type { Layout } from '../stack/layout.ts';
import { readDatabase } from './database.ts';

export interface LeaseRow {
  owner: string;
  component: string;
  route: string;
  port: number;
}

export interface CertificateRow {
  hostname: string;
  owner: string;
  file_base: string;
  /** PEM; null while its first order has not ended. */
  chain: string | null;
}

export interface RouteRow {
  hostname: string;
  port: number;
  mode: string;
  backend: string;
}

export interface RecordRow {
  name: string;
  type: string;
  value: string;
}

/** What the daemons and the platform have in their SQLite files. */
export interface Stores {
  leases: LeaseRow[];
  certificates: CertificateRow[];
  routes: (RouteRow & { owner: string })[];
  /** Routes that routed has yet to remove from the proxy. */
  removals: Pick<RouteRow, 'hostname' | 'port'>[];
  records: (RecordRow & { owner: string })[];
  /** Records that dnsd takes for its own at the server. */
  ownedRecords: RecordRow[];
  /** mc-proxy's. */
  proxyRoutes: RouteRow[];
  /** MCNS's, with full names. */
  zoneRecords: RecordRow[];
}

export function readStores({ database }: Pick<Layout, 'database'>): Stores {
  return {
    leases: readDatabase(database('portd'), (rows) =>
      rows<LeaseRow>('SELECT owner, component, route, port FROM leases'),
    ),
    certificates: readDatabase(database('certd'), (rows) =>
      rows<CertificateRow>('SELECT hostname, owner, file_base, chain FROM certificates'),
    ),
    ...readDatabase(database('routed'), (rows) => ({
      routes: rows<RouteRow & { owner: string }>('SELECT hostname, port, mode, backend, owner FROM routes'),
      removals: rows<Pick<RouteRow, 'hostname' | 'port'>>('SELECT hostname, port FROM removals'),
    })),
    ...readDatabase(database('dnsd'), (rows) => ({
      records: rows<RecordRow & { owner: string }>('SELECT owner, name, type, value FROM desired'),
      ownedRecords: rows<RecordRow>('SELECT name, type, value FROM owned'),
    })),
    proxyRoutes: readDatabase(database('mc-proxy'), (rows) =>
      rows<RouteRow>('SELECT hostname, port, mode, backend FROM routes'),
    ),
    zoneRecords: readDatabase(database('mcns'), (rows) =>
      rows<RecordRow>(
        `SELECT CASE name WHEN '@' THEN zone ELSE name || '.' || zone END AS name, type, value FROM records`,
      ),
    ),
  };
}
