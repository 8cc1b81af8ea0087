import { messageWithCauses, ServiceError } from '@mcp/daemon/errors';
import type { Logger } from '@mcp/daemon/logging';
import type { Certificate } from '@mcp/proto/certd';
import { readFacts } from './certificate-facts.ts';
import { fileBases } from './file-names.ts';
import type { CertificateFiles, Pair } from './files.ts';
import { chooseIssuer } from './issuer-choice.ts';
import type { Issuer } from './issuer.ts';
import { createOwnerQueue } from './owner-queue.ts';
import { isDue, isExpired, renewAt } from './renewal.ts';
import { isHeld, type Claim, type HeldRow, type Row, type Store } from './store.ts';
import type { Written } from './written.ts';

/** The certificates of all owners: in the store, on disk, and at the CAs. */
export interface Certificates {
  /**
   * Makes the owner's certificates exactly `hostnames` (valid names, lower case), in their order.
   * When it throws, the hostnames that were new are forgotten again and the others are as before.
   */
  ensure(owner: string, hostnames: readonly string[], signal: AbortSignal): Promise<Certificate[]>;
  /** Forgets the owner's certificates and removes their files. */
  release(owner: string): Promise<void>;
  list(owner: string): Certificate[];
  /** Orders a new certificate for a hostname that has one; on failure the old one stays. */
  renew(hostname: string, signal: AbortSignal): Promise<Certificate>;
  /** Writes files that are not right. */
  restore(signal: AbortSignal): Promise<void>;
  /** One pass of keeping it true: writes files that are not right, and renews what is due. */
  sync(signal: AbortSignal): Promise<void>;
}

export interface CertificatesOptions {
  store: Store;
  files: CertificateFiles;
  issuers: readonly Issuer[];
  written: Written;
  log: Logger;
  now: () => Date;
}

export function createCertificates(options: CertificatesOptions): Certificates {
  const { store, files, issuers, written, log, now } = options;
  const queue = createOwnerQueue();

  function describe(row: HeldRow, newlyIssued = false): Certificate {
    const facts = readFacts(row.chain);
    return {
      ...facts,
      owner: row.owner,
      hostname: row.hostname,
      renewAt: renewAt(facts),
      certificatePath: files.certificatePath(row.file_base),
      keyPath: files.keyPath(row.file_base),
      newlyIssued,
      lastError: row.last_error,
    };
  }

  function write(row: HeldRow): void {
    files.write(row.file_base, row);
    written.publish(describe(row, true));
  }

  function restoreFiles(row: HeldRow): void {
    if (files.areIntact(row.file_base, row)) return;
    log.warn({ hostname: row.hostname, owner: row.owner }, 'certificate files were not right, written again');
    write(row);
  }

  function issuerOf(row: Pick<Row, 'hostname' | 'issuer'>): Issuer {
    const issuer =
      issuers.find(({ name }) => name === row.issuer) ?? chooseIssuer(issuers, row.hostname)?.issuer;
    if (issuer) return issuer;
    throw noIssuer(row.hostname);
  }

  function claimOf(owner: string, hostname: string): Claim {
    const choice = chooseIssuer(issuers, hostname);
    if (!choice) throw noIssuer(hostname);
    const { issuer, domain } = choice;
    return { hostname, issuer: issuer.name, fileBases: fileBases({ owner, hostname, domain }) };
  }

  function forget(hostnames: readonly string[]): void {
    for (const { file_base } of store.forget(hostnames)) files.remove(file_base);
  }

  /** Orders what is missing or due. One that is due but still good may fail: it is tried again later. */
  async function orderAll(rows: readonly Row[], signal: AbortSignal): Promise<Map<string, Pair>> {
    const wanted = rows.filter((row) => !isHeld(row) || isDue(readFacts(row.chain), now()));
    const outcomes = await Promise.allSettled(
      wanted.map(async (row) => ({ row, pair: await issuerOf(row).order(row.hostname, signal) })),
    );
    const issued = new Map<string, Pair>();
    for (const [index, outcome] of outcomes.entries()) {
      const row = wanted[index]!;
      if (outcome.status === 'fulfilled') issued.set(row.hostname, outcome.value.pair);
      else if (isHeld(row) && !isExpired(readFacts(row.chain), now())) noteFailure(row, outcome.reason);
      else throw outcome.reason;
    }
    return issued;
  }

  function noteFailure(row: Row, error: unknown): void {
    store.setError(row.hostname, messageWithCauses(error));
    log.warn({ err: error, hostname: row.hostname, owner: row.owner }, 'renewal failed, the old one stays');
  }

  async function ensure(owner: string, hostnames: readonly string[], signal: AbortSignal) {
    const claims = hostnames.map((hostname) => claimOf(owner, hostname));
    const added = store.claim(owner, claims, now());
    try {
      const issued = await orderAll(hostnames.map(findRow), signal);
      const released = store.complete(owner, hostnames, issued);
      const rows = hostnames.map(findHeld);
      for (const row of rows) {
        if (issued.has(row.hostname)) write(row);
        else restoreFiles(row);
      }
      for (const { file_base } of released) files.remove(file_base);
      return rows.map((row) => describe(row, issued.has(row.hostname)));
    } catch (error) {
      forget(added);
      throw error;
    }
  }

  async function renew(row: HeldRow, signal: AbortSignal): Promise<Certificate> {
    const pair = await issuerOf(row).order(row.hostname, signal);
    store.replace(row.hostname, pair);
    const renewed = findHeld(row.hostname);
    write(renewed);
    log.info({ hostname: row.hostname, owner: row.owner }, 'certificate renewed');
    return describe(renewed, true);
  }

  function findRow(hostname: string): Row {
    const row = store.find(hostname);
    if (row) return row;
    throw new ServiceError('not_found', `there is no certificate for ${hostname}`, {
      details: { resource: hostname },
    });
  }

  function findHeld(hostname: string): HeldRow {
    const row = findRow(hostname);
    if (isHeld(row)) return row;
    throw new ServiceError('not_found', `the certificate for ${hostname} was not issued yet`, {
      details: { resource: hostname },
    });
  }

  /** What a pass does for one certificate, if it is still there when its turn comes. */
  async function keepTrue(hostname: string, signal: AbortSignal): Promise<void> {
    const row = store.find(hostname);
    if (!row || !isHeld(row)) return;
    if (!isDue(readFacts(row.chain), now())) return restoreFiles(row);
    try {
      await renew(row, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      noteFailure(row, error);
      restoreFiles(row);
    }
  }

  return {
    ensure: (owner, hostnames, signal) => queue.run(owner, () => ensure(owner, hostnames, signal)),
    release: (owner) =>
      queue.run(owner, async () => {
        for (const { file_base } of store.complete(owner, [], new Map())) files.remove(file_base);
      }),
    list: (owner) => store.list(owner).map((row) => describe(row)),
    renew: async (hostname, signal) => {
      const { owner } = findHeld(hostname);
      return queue.run(owner, () => renew(findHeld(hostname), signal));
    },
    async restore(signal) {
      for (const { hostname, owner } of store.list('')) {
        signal.throwIfAborted();
        await queue.run(owner, async () => {
          const row = store.find(hostname);
          if (row && isHeld(row)) restoreFiles(row);
        });
      }
    },
    async sync(signal) {
      for (const { hostname, owner } of store.list('')) {
        signal.throwIfAborted();
        await queue.run(owner, () => keepTrue(hostname, signal));
      }
    },
  };
}

/** Forgets what a crash in the middle of a first order left; call it before anything is served. */
export function forgetUnfinished({ store, files }: Pick<CertificatesOptions, 'store' | 'files'>): void {
  for (const { file_base } of store.forget(store.listPending())) files.remove(file_base);
}

function noIssuer(hostname: string): ServiceError {
  return new ServiceError(
    'failed_precondition',
    `no issuer is configured for ${hostname}: add its domain to an [[issuers]] entry of certd's configuration`,
    { details: { resource: hostname } },
  );
}
