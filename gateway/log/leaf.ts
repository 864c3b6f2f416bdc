import { hash } from "node:crypto";
import { readBase64 } from "./tlog/base64.ts";
import { MalformedError } from "./tlog/malformed.ts";

/** What a leaf commits to, in the order of its salts. */
export const COMMITTED = ["request", "record", "answer"] as const;
export type Committed = (typeof COMMITTED)[number];

/** Bytes of one salt. */
export const SALT_BYTES = 16;

/** `salts`: 48 random bytes, for request, record and answer. What there was not is the empty text. */
export type LeafContent = {
  readonly id: string;
  /** Of the log, ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  readonly salts: Uint8Array;
  readonly request: Content;
  readonly record: Content;
  readonly answer: Content;
};
/** A text, or its UTF-8. */
type Content = string | Uint8Array;

/** An entry of the log. The commitments are 32 bytes in base64. */
export type Leaf = { readonly id: string; readonly time: string } & { readonly [Name in Committed]: string };

const PREFIXES = {
  request: Buffer.from("tongyan/request/v1\n"),
  record: Buffer.from("tongyan/record/v1\n"),
  answer: Buffer.from("tongyan/answer/v1\n"),
} as const satisfies Record<Committed, Buffer>;

const MAX_HEAD = 64;
/** UTF-8 takes at most three bytes for a UTF-16 unit. */
const UTF8_BYTES = 3;
/** Used again and again: most contents fit, and are hashed without an allocation. */
const scratch = Buffer.allocUnsafe(256 * 1024);

/** The entry's bytes: JSON with members in this order and no spaces. It holds nothing about anybody but that it was exchanged. */
export function leafBytes({ id, time, salts, request, record, answer }: LeafContent): Buffer {
  const requested = commit("request", salts.subarray(0, SALT_BYTES), request);
  const recorded = commit("record", salts.subarray(SALT_BYTES, 2 * SALT_BYTES), record);
  const answered = commit("answer", salts.subarray(2 * SALT_BYTES, 3 * SALT_BYTES), answer);
  return Buffer.from(
    `{"id":"${id}","time":"${time}","request":"${requested}","record":"${recorded}","answer":"${answered}"}`,
    "latin1",
  );
}

/** SHA-256( "tongyan/<what>/v1\n" || salt || content ), base64. The salt keeps anybody from guessing the content. */
export function commit(what: Committed, salt: Uint8Array, content: Content): string {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes`);
  const most = MAX_HEAD + content.length * UTF8_BYTES;
  const input = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  const prefix = PREFIXES[what];
  input.set(prefix);
  input.set(salt, prefix.length);
  const head = prefix.length + SALT_BYTES;
  if (typeof content !== "string") input.set(content, head);
  const end = head + (typeof content === "string" ? input.write(content, head) : content.length);
  return hash("sha256", input.subarray(0, end), "base64");
}

/** Whether a commitment of a leaf is to this content. */
export const checkCommitment = (what: Committed, salt: Uint8Array, content: string, commitment: string): boolean =>
  salt.length === SALT_BYTES && content.isWellFormed() && commit(what, salt, content) === commitment;

const COMMITMENT = "([A-Za-z0-9+/]{43}=)";
const SHAPE = new RegExp(
  `^\\{"id":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})","time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z)",` +
    `"request":"${COMMITMENT}","record":"${COMMITMENT}","answer":"${COMMITMENT}"\\}$`,
);

/** Strict: exactly as `leafBytes` writes it. Throws MalformedError LEAF_MALFORMED. */
export function parseLeaf(entry: Uint8Array): Leaf {
  const text = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString("latin1");
  const [, id = "", time = "", request = "", record = "", answer = ""] = SHAPE.exec(text) ?? [];
  if (id === "") throw new MalformedError("LEAF_MALFORMED", "the entry is not of the form of this log");
  if (!isMoment(time)) throw new MalformedError("LEAF_MALFORMED", "the entry's time is none");
  if ([request, record, answer].some((commitment) => readBase64(commitment) === null))
    throw new MalformedError("LEAF_MALFORMED", "a commitment is not canonical base64");
  return { id, time, request, record, answer };
}

function isMoment(time: string): boolean {
  const milliseconds = Date.parse(time);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString() === time;
}
