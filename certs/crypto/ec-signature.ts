import { DerError, readDer } from "../bytes/der.ts";
import { CURVES, type Curve, type CurveKind } from "./curves.ts";

/**
 * `der` is the value to give to the native verifier; r and s are its integers, most significant octet first, maybe with a zero in front; `raw`
 * tells that it stood as r ‖ s in the input.
 */
export type EcSignature = {
  readonly der: Uint8Array;
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  readonly raw: boolean;
};

/**
 * Checks an ECDSA or SM2 signature value: SEQUENCE { r, s } in DER without a byte before, between or after, 0 < r, s < n, and for SM2
 * r + s ≢ 0 (mod n) (GB/T 32918.2 7.1). With `raw` accepted, exactly two coordinates' octets that are no DER are read as r ‖ s.
 * Returns what is wrong as text.
 */
export function readEcSignature(bytes: Uint8Array, kind: CurveKind, raw: "accept" | "refuse"): EcSignature | string {
  const curve: Curve = CURVES[kind];
  const pair = readPair(bytes);
  if (typeof pair !== "string") {
    if (isNegative(pair.r) || isNegative(pair.s)) return OUT_OF_RANGE;
    return rangeFault(pair, curve, kind) ?? { der: bytes, ...pair, raw: false };
  }
  if (raw === "refuse" || bytes.length !== 2 * curve.octets) return pair;
  const plain: Pair = { r: bytes.subarray(0, curve.octets), s: bytes.subarray(curve.octets) };
  return rangeFault(plain, curve, kind) ?? { der: encodePair(plain), ...plain, raw: true };
}

type Pair = { readonly r: Uint8Array; readonly s: Uint8Array };

function readPair(bytes: Uint8Array): Pair | string {
  try {
    const [r, s, ...rest] = readDer(bytes, 2).sequence("signature value");
    if (r === undefined || s === undefined || rest.length > 0) return "not a pair of r and s";
    return { r: r.integerBytes("r"), s: s.integerBytes("s") };
  } catch (error) {
    if (error instanceof DerError) return error.message;
    throw error;
  }
}

const OUT_OF_RANGE = "r or s out of range";
const isNegative = ([first = 0]: Uint8Array): boolean => first >= 0x80;

function rangeFault(pair: Pair, curve: Curve, kind: CurveKind): string | null {
  const most = curve.octets + 1;
  if (pair.r.length > most || pair.s.length > most) return OUT_OF_RANGE;
  const r = unsigned(pair.r);
  const s = unsigned(pair.s);
  if (r <= 0n || s <= 0n || r >= curve.n || s >= curve.n) return OUT_OF_RANGE;
  return kind === "SM2" && r + s === curve.n ? "r + s is zero" : null;
}

const unsigned = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** Coordinates of at most 66 octets: every length fits one octet or `81 xx`. */
function encodePair({ r, s }: Pair): Uint8Array {
  const content = Buffer.concat([encodeInteger(r), encodeInteger(s)]);
  const head = content.length < 0x80 ? [0x30, content.length] : [0x30, 0x81, content.length];
  return Buffer.concat([Buffer.from(head), content]);
}

function encodeInteger(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((octet) => octet !== 0);
  const value = bytes.subarray(start);
  const pad = (value[0] ?? 0) >= 0x80 ? [0] : [];
  return Buffer.concat([Buffer.from([0x02, value.length + pad.length, ...pad]), value]);
}
