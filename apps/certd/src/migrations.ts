/** Append-only; see libs/daemon/src/sqlite.ts. */
export const migrations = [
  `CREATE TABLE accounts (
     issuer TEXT NOT NULL,
     directory_url TEXT NOT NULL,
     url TEXT NOT NULL,
     private_key TEXT NOT NULL, -- PEM
     PRIMARY KEY (issuer, directory_url)
   ) STRICT;
   CREATE TABLE certificates (
     hostname TEXT PRIMARY KEY,
     owner TEXT NOT NULL,
     issuer TEXT NOT NULL, -- the name in the configuration
     file_base TEXT NOT NULL UNIQUE, -- <file_base>.pem and <file_base>.key
     chain TEXT, -- PEM; NULL until the first order succeeded
     private_key TEXT, -- PEM
     last_error TEXT NOT NULL DEFAULT '',
     created_at INTEGER NOT NULL, -- milliseconds since 1970
     CHECK ((chain IS NULL) = (private_key IS NULL))
   ) STRICT;
   CREATE INDEX certificates_by_owner ON certificates (owner, hostname);`,
];
