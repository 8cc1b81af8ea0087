import { argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** OWASP's first choice for Argon2id; 50 ms on one core. The password is a file's, not one typed by a person. */
const ARGON2_MEMORY_KIB = 19_456;
const ARGON2_PASSES = 2;
const MASTER_KEY_LABEL = 'master key';

const deriveArgon2 = promisify(argon2);

/** What the database keeps of the seal: nothing in it opens anything without the password. */
export interface SealRow {
  salt: Buffer;
  memory_kib: number;
  passes: number;
  wrapped_key: Buffer;
}

/**
 * Encrypts secrets for the database (AES-256-GCM under the master key). `label` says what the
 * secret is; opening it under another label fails, so rows cannot be swapped.
 */
export interface Seal {
  seal(label: string, secret: Uint8Array): Buffer;
  open(label: string, sealed: Uint8Array): Buffer;
}

/** Makes a new master key, wrapped by a key derived from the password with Argon2id. */
export async function createSeal(password: string): Promise<{ row: SealRow; seal: Seal }> {
  const parameters = { salt: randomBytes(16), memory_kib: ARGON2_MEMORY_KIB, passes: ARGON2_PASSES };
  const masterKey = randomBytes(KEY_BYTES);
  const wrapped = sealUnder(await deriveKey(password, parameters));
  return {
    row: { ...parameters, wrapped_key: wrapped.seal(MASTER_KEY_LABEL, masterKey) },
    seal: sealUnder(masterKey),
  };
}

/** Opens the seal. Returns undefined when the password is not the one it was made with. */
export async function unseal(password: string, row: SealRow): Promise<Seal | undefined> {
  const wrapping = sealUnder(await deriveKey(password, row));
  try {
    return sealUnder(wrapping.open(MASTER_KEY_LABEL, row.wrapped_key));
  } catch {
    return undefined;
  }
}

function deriveKey(password: string, { salt, memory_kib, passes }: Omit<SealRow, 'wrapped_key'>) {
  return deriveArgon2('argon2id', {
    message: password,
    nonce: salt,
    parallelism: 1,
    tagLength: KEY_BYTES,
    memory: memory_kib,
    passes,
  });
}

function sealUnder(key: Uint8Array): Seal {
  return {
    seal(label, secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(label));
      const text = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), text]);
    },
    open(label, sealed) {
      const iv = sealed.subarray(0, IV_BYTES);
      const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(label)).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    },
  };
}
