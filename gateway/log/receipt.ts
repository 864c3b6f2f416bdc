import { hash } from "node:crypto";
import { SALT_BYTES } from "./leaf.ts";
import { readBase64 } from "./tlog/base64.ts";
import { formatTlogProof } from "./tlog/tlog-proof.ts";

/** What the leaf's commitments are to, as far as a receipt shows it: the answer is with whoever got it. */
export type Opening = {
  /** 48 bytes in base64: for request, record and answer. */
  readonly salts: string;
  /** As `requestContent` writes it; "" where nothing was asked. */
  readonly request: string;
  /** The record's exact JSON text. */
  readonly record: string;
};

export type ReceiptToMake = {
  /** The entry's exact text. */
  readonly leaf: string;
  readonly index: number;
  readonly proof: readonly Buffer[];
  /** The signed note, whose tree holds the entry. */
  readonly checkpoint: string;
  /** Null when its content was erased: the receipt then proves that there was an exchange, and when. */
  readonly opening: Opening | null;
};

/** What stands in the proof's extra line, besides which nothing may stand there. */
export type ReceiptExtra = { readonly leaf: string; readonly opening: Opening | null };

const SALTS_BYTES = 3 * SALT_BYTES;
/** Octets of SHA-256 behind the salts: they tell a damaged salt from a changed record. Whoever forges can make them too. */
const CHECK_BYTES = 4;

/** A C2SP tlog-proof that verifies offline. Its extra line is base64 of JSON: the leaf, and what opens its commitments. */
export function makeReceipt({ leaf, index, proof, checkpoint, opening }: ReceiptToMake): string {
  const extra = Buffer.from(JSON.stringify({ leaf, opening: opening === null ? null : closeSalts(opening) }));
  return formatTlogProof({ extra, index, proof, checkpoint });
}

function closeSalts({ salts, request, record }: Opening): Opening {
  const bytes = Buffer.from(salts, "base64");
  if (bytes.length !== SALTS_BYTES) throw new RangeError(`an entry has ${SALTS_BYTES} bytes of salt`);
  return { salts: Buffer.concat([bytes, checkOf(bytes)]).toString("base64"), request, record };
}

/** The three salts, 48 bytes; null when they are damaged. */
export function readSalts({ salts }: Opening): Buffer | null {
  const bytes = readBase64(salts);
  if (bytes?.length !== SALTS_BYTES + CHECK_BYTES) return null;
  const own = bytes.subarray(0, SALTS_BYTES);
  return checkOf(own).equals(bytes.subarray(SALTS_BYTES)) ? own : null;
}

const checkOf = (salts: Uint8Array): Buffer => hash("sha256", salts, "buffer").subarray(0, CHECK_BYTES);

/** Strict: exactly as `makeReceipt` writes it; null for anything else. What it holds is not checked against anything yet. */
export function readReceiptExtra(extra: Uint8Array): ReceiptExtra | null {
  const text = Buffer.from(extra.buffer, extra.byteOffset, extra.byteLength).toString();
  const value = parse(text);
  if (!isObject(value) || !isText(value["leaf"]) || !isOpening(value["opening"])) return null;
  const { leaf, opening } = value;
  const read = { leaf, opening: opening === null ? null : { ...opening } };
  // One writing only: no member more, none twice, none in another order.
  return JSON.stringify(read) === text && Object.keys(value).length === 2 ? read : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isOpening(value: unknown): value is Opening | null {
  if (value === null) return true;
  if (!isObject(value) || Object.keys(value).join() !== "salts,request,record") return false;
  return isText(value["salts"]) && isText(value["request"]) && isText(value["record"]);
}
