import { createPublicKey, hash, type KeyObject } from "node:crypto";
import { TAG, readDer, type Der } from "../bytes/der.ts";
import { CURVES, type Curve, type CurveKind } from "./curves.ts";
import { readPssParameters } from "./pss.ts";
import { sm2Za } from "./sm2.ts";

export type PublicKeyKind = CurveKind | "RSA" | "RSA-PSS" | "Ed25519";

/** A SubjectPublicKeyInfo that is well-formed DER, but no key that is accepted here. */
export class PublicKeyError extends Error {
  override readonly name = "PublicKeyError";
  readonly code: "CERTIFICATE_MALFORMED" | "ALGORITHM_FORBIDDEN";

  constructor(code: "CERTIFICATE_MALFORMED" | "ALGORITHM_FORBIDDEN", message: string) {
    super(message);
    this.code = code;
  }
}

/** A checked public key. The native key and ZA are made when first used, and kept. */
export class PublicKey {
  readonly spki: Uint8Array;
  readonly kind: PublicKeyKind;
  /** Of the modulus, or of the curve's field. */
  readonly bits: number;
  #id: string | null = null;
  #object: KeyObject | null = null;
  #za: Uint8Array | null = null;

  constructor(spki: Uint8Array, kind: PublicKeyKind, bits: number) {
    this.spki = spki;
    this.kind = kind;
    this.bits = bits;
  }

  /** SHA-256 of the SPKI, base64. */
  get id(): string {
    this.#id ??= hash("sha256", this.spki, "base64");
    return this.#id;
  }

  /** Imported from SPKI, as SM2 needs it. */
  get object(): KeyObject {
    this.#object ??= createPublicKey({ key: Buffer.from(this.spki), format: "der", type: "spki" });
    return this.#object;
  }

  /** For SM2 keys, with the default user ID. */
  get za(): Uint8Array {
    this.#za ??= sm2Za(this.spki.subarray(-64));
    return this.#za;
  }
}

const EC_PUBLIC_KEY = "1.2.840.10045.2.1";
const RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
const RSASSA_PSS = "1.2.840.113549.1.1.10";
const ED25519 = "1.3.101.112";

const malformed = (message: string): PublicKeyError => new PublicKeyError("CERTIFICATE_MALFORMED", message);
const forbidden = (message: string): PublicKeyError => new PublicKeyError("ALGORITHM_FORBIDDEN", message);

/**
 * Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7, RFC 5480, RFC 4055, RFC 8410): named curve, uncompressed point on the curve; RSA of 2048 to
 * 16384 bits. Throws DerError or PublicKeyError. `spki` is kept, not copied.
 */
export function readPublicKey(spki: Uint8Array): PublicKey {
  const [algorithm, bits, ...rest] = readDer(spki, 8).sequence("SubjectPublicKeyInfo");
  if (algorithm === undefined || bits === undefined || rest.length > 0)
    throw malformed("SubjectPublicKeyInfo: members");
  const [id, parameters, ...more] = algorithm.sequence("key algorithm");
  if (id === undefined || more.length > 0) throw malformed("key algorithm: members");
  const key = bits.bitOctets("subjectPublicKey");
  const oid = id.oid("key algorithm");
  switch (oid) {
    case EC_PUBLIC_KEY:
      return readPoint(spki, parameters, key);
    case RSA_ENCRYPTION:
      if (parameters?.is(TAG.null) !== true || parameters.content.length > 0) throw malformed("RSA key: parameters");
      return new PublicKey(spki, "RSA", rsaBits(key));
    case RSASSA_PSS:
      if (parameters !== undefined && readPssParameters(parameters.bytes) === null)
        throw forbidden("RSASSA-PSS key: parameters");
      return new PublicKey(spki, "RSA-PSS", rsaBits(key));
    case ED25519:
      if (parameters !== undefined || key.length !== 32) throw malformed("Ed25519 key");
      return new PublicKey(spki, "Ed25519", 256);
    default:
      throw forbidden(`key algorithm ${oid}`);
  }
}

function readPoint(spki: Uint8Array, parameters: Der | undefined, key: Uint8Array): PublicKey {
  if (parameters?.is(TAG.oid) !== true) throw malformed("EC key: the curve is not named");
  const oid = parameters.oid("curve");
  const kind = (Object.keys(CURVES) as CurveKind[]).find((name) => CURVES[name].oid === oid);
  if (kind === undefined) throw forbidden(`curve ${oid}`);
  const curve: Curve = CURVES[kind];
  if (key[0] !== 4 || key.length !== 1 + 2 * curve.octets) throw malformed("EC key: not an uncompressed point");
  const x = unsigned(key.subarray(1, 1 + curve.octets));
  const y = unsigned(key.subarray(1 + curve.octets));
  if (x >= curve.p || y >= curve.p || (y * y - (x * x * x - 3n * x + curve.b)) % curve.p !== 0n)
    throw malformed("EC key: the point is not on the curve");
  return new PublicKey(spki, kind, curve.bits);
}

const unsigned = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** Bits of the modulus. The exponent's bound keeps a verification cheap. */
function rsaBits(key: Uint8Array): number {
  const [modulus, exponent, ...rest] = readDer(key, 2).sequence("RSAPublicKey");
  if (modulus === undefined || exponent === undefined || rest.length > 0) throw malformed("RSA key: members");
  if (modulus.content.length > 2049 || exponent.content.length > 9) throw forbidden("RSA key: too large");
  const n = modulus.integer("modulus");
  const e = exponent.integer("publicExponent");
  if (n <= 0n || n % 2n === 0n || e < 3n || e % 2n === 0n) throw malformed("RSA key: modulus or exponent");
  const bits = n.toString(2).length;
  if (bits < 2048 || bits > 16384) throw forbidden(`RSA key of ${bits} bits`);
  if (e > (bits > 4096 ? 65537n : 2n ** 64n)) throw forbidden("RSA key: exponent too large");
  return bits;
}
