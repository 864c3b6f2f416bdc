import { CertificateError } from "../x509/certificate.ts";

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----/g;

/** The DER values in a file: one in DER, or all blocks of this label in PEM (RFC 7468). Throws CertificateError. */
export function readBlocks(bytes: Uint8Array, label: "CERTIFICATE" | "X509 CRL"): readonly Uint8Array[] {
  if (bytes[0] === 0x30) return [bytes];
  const text = Buffer.from(bytes).toString("latin1");
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length === 0) throw new CertificateError(`neither DER nor PEM of ${label}`);
  if (blocks.length !== text.split("-----BEGIN ").length - 1) throw new CertificateError("a PEM block is malformed");
  return blocks.map(([, found = "", base64 = ""]) => {
    if (found !== label) throw new CertificateError(`PEM block of ${found}, ${label} expected`);
    const der = Buffer.from(base64, "base64");
    if (der.toString("base64") !== base64.replaceAll(/\r?\n/g, "")) throw new CertificateError("base64 is malformed");
    return der;
  });
}
