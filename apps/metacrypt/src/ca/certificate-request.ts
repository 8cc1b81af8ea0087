import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** What a PKCS #10 request asks for; its signature was verified. */
export interface CertificateRequest {
  /** DNS names of the subject alternative names and the common name, lower case. */
  names: string[];
  /** Other alternative names, as "type:value". */
  others: string[];
  /** SubjectPublicKeyInfo, DER. */
  publicKey: Uint8Array<ArrayBuffer>;
}

/** Reads a request (DER). Returns undefined when it does not parse or its signature does not verify. */
export async function readRequest(der: Buffer<ArrayBuffer>): Promise<CertificateRequest | undefined> {
  try {
    const request = new x509.Pkcs10CertificateRequest(der);
    if (!(await request.verify())) return undefined;
    const alternatives = request.extensions
      .filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
      .flatMap((extension) => extension.names.items);
    const dnsNames = alternatives.filter(({ type }) => type === 'dns').map(({ value }) => value);
    return {
      names: [...request.subjectName.getField('CN'), ...dnsNames].map((name) => name.toLowerCase()),
      others: alternatives.filter(({ type }) => type !== 'dns').map(({ type, value }) => `${type}:${value}`),
      publicKey: new Uint8Array(request.publicKey.rawData),
    };
  } catch {
    return undefined;
  }
}
