import { createHash, type KeyObject } from "node:crypto";
import { compactVerify, decodeProtectedHeader, errors, type ProtectedHeaderParameters } from "jose";

/** What gateways sign for each other, by the `typ` of the compact JWS: none may pass for another. */
export const STATEMENT_TYPES = {
  request: "tongyan-request+jwt",
  receipt: "tongyan-receipt+jwt",
  counterReceipt: "tongyan-counter-receipt+jwt",
} as const;
export type StatementType = (typeof STATEMENT_TYPES)[keyof typeof STATEMENT_TYPES];

/** A public key with the one algorithm that it is used with. */
export type StatementKey = { readonly kid: string; readonly algorithm: string; readonly key: KeyObject };
/** Claims whose signature is proven; what they say is not checked yet. */
export type Statement = Readonly<Record<string, unknown>>;

const LONGEST = 8192;
/** Keys come from where they were pinned, and no extension is understood. */
const FOREIGN = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip"] as const;

/** The claims of a compact JWS of this type by one of these keys, found by `kid` and `alg`; null for anything else. */
export async function verifyStatement(
  jws: string,
  { type, keys }: { readonly type: StatementType; readonly keys: readonly StatementKey[] },
): Promise<Statement | null> {
  const header = jws.length > LONGEST ? null : headerOf(jws);
  if (header === null || header.typ !== type || FOREIGN.some((name) => header[name] !== undefined)) return null;
  const [key, ...others] = keys.filter(({ kid, algorithm }) => kid === header.kid && algorithm === header.alg);
  if (key === undefined || others.length > 0) return null;
  const payload = await provenPayload(jws, key);
  return payload === null ? null : objectOf(payload);
}

function headerOf(jws: string): ProtectedHeaderParameters | null {
  try {
    return decodeProtectedHeader(jws);
  } catch {
    // A pure function of the text: whatever it throws is about the text.
    return null;
  }
}

async function provenPayload(jws: string, { key, algorithm }: StatementKey): Promise<Uint8Array | null> {
  try {
    return (await compactVerify(jws, key, { algorithms: [algorithm] })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function objectOf(payload: Uint8Array): Statement | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { __proto__: null, ...value } : null;
  } catch {
    return null;
  }
}

/** The digest of exact bytes, as in RFC 9530: `sha-256=:base64:`. */
export function contentDigest(bytes: Uint8Array | string): string {
  return `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;
}

/** A time in seconds (NumericDate) as milliseconds; null for anything that is none. */
export function millisecondsOf(seconds: unknown): number | null {
  return typeof seconds === "number" && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null;
}
