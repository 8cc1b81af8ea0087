/** Append-only; see libs/daemon/src/sqlite.ts. Times are milliseconds since 1970. */
export const migrations = [
  `CREATE TABLE seal (
     id INTEGER PRIMARY KEY CHECK (id = 1),
     salt BLOB NOT NULL,
     memory_kib INTEGER NOT NULL,
     passes INTEGER NOT NULL,
     wrapped_key BLOB NOT NULL -- the master key under the key derived from the password
   ) STRICT;
   CREATE TABLE authorities (
     name TEXT PRIMARY KEY, -- "root" or an issuer's
     certificate TEXT NOT NULL, -- PEM
     sealed_key BLOB NOT NULL, -- PKCS #8 under the master key
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE eab_keys (
     kid TEXT PRIMARY KEY,
     principal TEXT NOT NULL, -- the account of the token file that it is bound to
     sealed_key BLOB, -- NULL once used
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE accounts (
     id TEXT PRIMARY KEY,
     thumbprint TEXT NOT NULL UNIQUE, -- RFC 7638
     jwk TEXT NOT NULL,
     contact TEXT NOT NULL, -- JSON array
     status TEXT NOT NULL CHECK (status IN ('valid', 'deactivated')),
     principal TEXT NOT NULL,
     eab_kid TEXT NOT NULL REFERENCES eab_keys (kid),
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE certificates (
     serial TEXT PRIMARY KEY, -- lower-case hexadecimal
     issuer TEXT NOT NULL REFERENCES authorities (name),
     names TEXT NOT NULL, -- JSON array
     chain TEXT NOT NULL, -- PEM, leaf then issuer
     account_id TEXT REFERENCES accounts (id), -- NULL when issued by command
     not_before INTEGER NOT NULL,
     not_after INTEGER NOT NULL,
     revoked_at INTEGER,
     revocation_reason INTEGER
   ) STRICT;
   CREATE TABLE orders (
     id TEXT PRIMARY KEY,
     account_id TEXT NOT NULL REFERENCES accounts (id),
     status TEXT NOT NULL CHECK (status IN ('ready', 'valid')),
     names TEXT NOT NULL, -- JSON array
     serial TEXT REFERENCES certificates (serial),
     expires_at INTEGER NOT NULL,
     created_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX orders_by_account ON orders (account_id, created_at);
   CREATE TABLE authorizations (
     id TEXT PRIMARY KEY,
     order_id TEXT NOT NULL REFERENCES orders (id),
     name TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('valid')),
     expires_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX authorizations_by_order ON authorizations (order_id);`,
];
