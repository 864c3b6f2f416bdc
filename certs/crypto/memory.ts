import { hash } from "node:crypto";
import type { Check } from "../reasons.ts";
import { readCertificate, type Certificate } from "../x509/certificate.ts";
import {
  algorithmFault,
  checkFrom,
  verifyValue,
  type AlgorithmIdentifier,
  type PublicKey,
  type SignatureQuestion,
  type SignatureValue,
} from "./algorithms.ts";
import { BoundedMap } from "./bounded-map.ts";
import { Sm2Tables } from "./sm2-tables.ts";

/** A signed structure that was read strictly: `sha256` is over all its bytes, which fix the three others. */
export type Signed = {
  readonly sha256: string;
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
};

/**
 * Remembers what the mathematics said about a signature. Sound for ever: that is a pure function of key, algorithm, message and value, and all
 * four are in the entry's name through SHA-256. What depends on time, policy or trust (end dates, paths, revocation) is never remembered.
 */
export class SignatureMemory {
  readonly #values: BoundedMap<SignatureValue>;
  /** Of SM2 keys that recur; built by who calls `buildNext` between two documents. */
  readonly tables: Sm2Tables;

  constructor(capacity = 50_000, tables = new Sm2Tables()) {
    this.#values = new BoundedMap(capacity);
    this.tables = tables;
  }

  /** As verifySignature. */
  verify(question: SignatureQuestion): Check {
    return this.#recall(question, () => nameOf(question));
  }

  /** The signature on a certificate or CRL; the structure's own digest stands for its bytes. */
  verifySigned(signed: Signed, key: PublicKey, at: number): Check {
    const { signatureAlgorithm: algorithm, tbs: message, signature } = signed;
    return this.#recall({ algorithm, key, message, signature, at }, () => `signed ${signed.sha256} ${key.id}`);
  }

  #recall(question: SignatureQuestion, name: () => string): Check {
    const fault = algorithmFault(question);
    if (fault !== null) return fault;
    const entry = name();
    const known = this.#values.get(entry);
    if (known !== undefined) return checkFrom(known);
    const value = verifyValue(question, this.tables);
    this.#values.set(entry, value);
    return checkFrom(value);
  }
}

/** Each part of unbounded length goes in by its digest, so that no two questions share a name. */
function nameOf({ algorithm, key, message, signature, raw }: SignatureQuestion): string {
  const parts = [algorithm.parameters ?? new Uint8Array(), signature, message].map((part) =>
    hash("sha256", part, "base64"),
  );
  return `${algorithm.oid} ${raw ?? "der"} ${key.id} ${parts.join(" ")}`;
}

/** Real ones have one or two thousand bytes. What is larger may be read again: it shall not fill the memory. */
const MOST_KEPT_BYTES = 8192;

/** Certificates by their bytes, read once: key, ZA and names are kept with them. Their bytes are copies, so no document is held by them. */
export class CertificateMemory {
  readonly #certificates: BoundedMap<Certificate>;

  constructor(capacity = 5_000) {
    this.#certificates = new BoundedMap(capacity);
  }

  /** As readCertificate; throws DerError or CertificateError, and remembers no fault. */
  read(bytes: Uint8Array): Certificate {
    const sha256 = hash("sha256", bytes, "hex");
    const known = this.#certificates.get(sha256);
    if (known !== undefined) return known;
    const certificate = readCertificate(bytes);
    if (bytes.length <= MOST_KEPT_BYTES) this.#certificates.set(sha256, certificate);
    return certificate;
  }
}
