import { constants, createHash, createVerify, verify } from "node:crypto";
import { failed, passed, type Check, type Failed } from "../reasons.ts";
import type { CurveKind } from "./curves.ts";
import { type EcSignature, readEcSignature } from "./ec-signature.ts";
import { readPssParameters } from "./pss.ts";
import type { PublicKey, PublicKeyKind } from "./public-key.ts";
import type { Sm2Tables } from "./sm2-tables.ts";

export type { PublicKey } from "./public-key.ts";

/** `parameters` is the whole DER value, null when absent. */
export type AlgorithmIdentifier = { readonly oid: string; readonly parameters: Uint8Array | null };

export type DigestName = "sm3" | "sha256" | "sha384" | "sha512";

export function digest(name: DigestName, ...parts: readonly Uint8Array[]): Uint8Array {
  const whole = createHash(name);
  for (const part of parts) whole.update(part);
  return whole.digest();
}

const DIGESTS: Readonly<Record<string, DigestName>> = {
  "1.2.156.10197.1.401": "sm3",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** The accepted digest algorithm of this OID, else null. 1.2.156.10197.1.401.2 is SM3 with a key: not among them. */
export const digestOf = (oid: string): DigestName | null =>
  Object.hasOwn(DIGESTS, oid) ? (DIGESTS[oid] ?? null) : null;

export type SignatureRow = {
  readonly name: string;
  readonly digest: DigestName | "pss" | "own";
  readonly keys: readonly PublicKeyKind[];
  readonly minimumBits: number;
  /** Keys of fewer than `below` bits are accepted before `until` (milliseconds). */
  readonly weak: { readonly below: number; readonly until: number } | null;
  readonly parameters: "absent" | "absent-or-null" | "pss";
  /** `signature-data`: an OID that stands for a signature in SES and SignerInfo only. */
  readonly place: "anywhere" | "signature-data";
};

/** The default row; a line of the table names only what differs. */
const row = (name: string, digest: SignatureRow["digest"], own: Partial<SignatureRow>): SignatureRow => ({
  name,
  digest,
  keys: [],
  minimumBits: 0,
  weak: null,
  parameters: "absent-or-null",
  place: "anywhere",
  ...own,
});

const SM2 = { keys: ["SM2"], minimumBits: 256 } as const;
const EC = { keys: ["P-256", "P-384", "P-521"], minimumBits: 256, parameters: "absent" } as const;
/** NIST SP 800-131A: RSA below 3072 bits ends with 2030. */
const RSA = { keys: ["RSA"], minimumBits: 2048, weak: { below: 3072, until: Date.UTC(2031, 0, 1) } } as const;

/** The accepted signature algorithms. What is not here is refused: MD5, SHA-1, SHA-224, DSA, GOST, Ed448 and all others. */
const ALGORITHMS: Readonly<Record<string, SignatureRow>> = {
  "1.2.156.10197.1.501": row("SM2 with SM3", "sm3", SM2),
  "1.2.156.10197.1.301.1": row("SM2 with SM3", "sm3", { ...SM2, place: "signature-data" }),
  "1.2.156.10197.1.301": row("SM2 with SM3", "sm3", { ...SM2, place: "signature-data" }),
  "1.2.156.10197.1.504": row("RSA with SM3", "sm3", RSA),
  "1.2.840.113549.1.1.11": row("RSA with SHA-256", "sha256", RSA),
  "1.2.840.113549.1.1.12": row("RSA with SHA-384", "sha384", RSA),
  "1.2.840.113549.1.1.13": row("RSA with SHA-512", "sha512", RSA),
  "1.2.840.113549.1.1.10": row("RSASSA-PSS", "pss", { ...RSA, keys: ["RSA", "RSA-PSS"], parameters: "pss" }),
  "1.2.840.10045.4.3.2": row("ECDSA with SHA-256", "sha256", EC),
  "1.2.840.10045.4.3.3": row("ECDSA with SHA-384", "sha384", EC),
  "1.2.840.10045.4.3.4": row("ECDSA with SHA-512", "sha512", EC),
  "1.3.101.112": row("Ed25519", "own", { keys: ["Ed25519"], parameters: "absent" }),
};

export const signatureRow = (oid: string): SignatureRow | null =>
  Object.hasOwn(ALGORITHMS, oid) ? (ALGORITHMS[oid] ?? null) : null;

export type SignatureQuestion = {
  readonly algorithm: AlgorithmIdentifier;
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
  /** Milliseconds: when the algorithm has to be acceptable. */
  readonly at: number;
  /** Positions of SES and GB/T 35275 only: 64 bytes r ‖ s in place of DER, and the OIDs of SM2 itself. */
  readonly raw?: "accept";
};

/** passed (LENIENT_RAW_SIGNATURE when the raw form was used) or failed; never throws on outside bytes. */
export function verifySignature(question: SignatureQuestion): Check {
  return algorithmFault(question) ?? checkFrom(verifyValue(question));
}

/** What the mathematics say, without regard to time: a pure function of key, algorithm, message and signature. */
export type SignatureValue = "valid" | "valid-raw" | { readonly fault: string };

export function checkFrom(value: SignatureValue): Check {
  if (value === "valid") return passed();
  if (value === "valid-raw") return passed({ code: "LENIENT_RAW_SIGNATURE" });
  return failed("SIGNATURE_INVALID", value.fault);
}

/** Why this algorithm and key are not acceptable at this time, or null. */
export function algorithmFault(question: Omit<SignatureQuestion, "message" | "signature">): Failed | null {
  const { algorithm, key, at } = question;
  const row = signatureRow(algorithm.oid);
  if (row === null || (row.place === "signature-data" && question.raw !== "accept"))
    return failed("ALGORITHM_FORBIDDEN", `signature algorithm ${algorithm.oid}`);
  if (!parametersFit(row, algorithm.parameters)) return failed("ALGORITHM_FORBIDDEN", `${row.name}: parameters`);
  if (!row.keys.includes(key.kind)) return failed("ALGORITHM_MISMATCH", `${row.name} with a key of kind ${key.kind}`);
  const ended = row.weak !== null && key.bits < row.weak.below && at >= row.weak.until;
  return ended || key.bits < row.minimumBits
    ? failed("ALGORITHM_FORBIDDEN", `${row.name} with ${key.bits} bits at this time`)
    : null;
}

function parametersFit(row: SignatureRow, parameters: Uint8Array | null): boolean {
  if (row.parameters === "pss") return parameters !== null && readPssParameters(parameters) !== null;
  if (parameters === null) return true;
  return row.parameters === "absent-or-null" && parameters.length === 2 && parameters[0] === 5 && parameters[1] === 0;
}

/** Only for a question in which `algorithmFault` found nothing. With `tables`, SM2 keys that have one are verified by it; all others natively. */
export function verifyValue(question: SignatureQuestion, tables: Sm2Tables | null = null): SignatureValue {
  const row = signatureRow(question.algorithm.oid);
  if (row === null) return { fault: "unknown algorithm" };
  try {
    return verifyBy(row, question, tables);
  } catch (error) {
    // OpenSSL throws for key material that it refuses; anything else is our own fault.
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code.startsWith("ERR_OSSL")) return { fault: `refused by OpenSSL: ${code}` };
    throw error;
  }
}

function verifyBy(row: SignatureRow, question: SignatureQuestion, tables: Sm2Tables | null): SignatureValue {
  const { key, message, signature } = question;
  switch (key.kind) {
    case "RSA":
    case "RSA-PSS":
      return verifyRsa(row, question);
    case "Ed25519":
      return signature.length === 64 && verify(null, message, key.object, signature) ? "valid" : MISMATCH;
    default:
      return verifyEc(row, key.kind, question, tables);
  }
}

function verifyEc(
  row: SignatureRow,
  kind: CurveKind,
  { key, message, signature, raw }: SignatureQuestion,
  tables: Sm2Tables | null,
): SignatureValue {
  const value = readEcSignature(signature, kind, raw ?? "refuse");
  if (typeof value === "string") return { fault: `signature value: ${value}` };
  const { r, s } = value;
  const byTable =
    kind === "SM2" && tables !== null ? tables.verify(key, () => ({ e: digest("sm3", key.za, message), r, s })) : null;
  if (!(byTable ?? verifyNatively(row, key, message, value))) return MISMATCH;
  return value.raw ? "valid-raw" : "valid";
}

function verifyNatively(row: SignatureRow, key: PublicKey, message: Uint8Array, { der }: EcSignature): boolean {
  const check = createVerify(row.digest);
  if (key.kind === "SM2") check.update(key.za);
  return check.update(message).verify(key.object, der);
}

const MISMATCH: SignatureValue = { fault: "the signature value does not fit" };

function verifyRsa(row: SignatureRow, { algorithm, key, message, signature }: SignatureQuestion): SignatureValue {
  if (signature.length !== Math.ceil(key.bits / 8)) return { fault: "signature value: not as long as the modulus" };
  const pss = row.digest === "pss" ? readPssParameters(algorithm.parameters ?? new Uint8Array()) : null;
  const padding = pss === null ? constants.RSA_PKCS1_PADDING : constants.RSA_PKCS1_PSS_PADDING;
  const salt = pss === null ? {} : { saltLength: pss.saltLength };
  const check = createVerify(pss?.digest ?? row.digest).update(message);
  return check.verify({ key: key.object, padding, ...salt }, signature) ? "valid" : MISMATCH;
}
