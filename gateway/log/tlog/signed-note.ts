import { readBase64 } from "./base64.ts";
import { MalformedError } from "./malformed.ts";
import { isKeyName } from "./vkey.ts";

/** One signature line. `keyId` is a uint32. */
export type NoteSignature = { readonly name: string; readonly keyId: number; readonly signature: Buffer };
/** `text` ends in a newline; the blank line after it is not part of it. */
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

/** A private key that signs notes. */
export type Signer = {
  readonly name: string;
  readonly keyId: number;
  /** Of the note's text, with its last newline; without the key ID. */
  readonly sign: (text: string) => Buffer;
};

/** A public key that was pinned. */
export type Verifier = {
  readonly name: string;
  readonly keyId: number;
  /** Never throws for what stands in `signature`. */
  readonly verify: (text: string, signature: Uint8Array) => boolean;
};

export type OpenedNote = {
  readonly text: string;
  /** By the given keys; of each key at most one. Never empty. */
  readonly verified: readonly NoteSignature[];
  /** By keys that were not given: they say nothing. */
  readonly unverified: readonly NoteSignature[];
};

/** Characters of a note, and its signature lines. */
export const MAX_NOTE = 262_144;
export const MAX_SIGNATURES = 64;
const KEY_ID_BYTES = 4;
const SEPARATOR = "\n\n";
const LINE_START = "— ";
/** ASCII controls but the newline. */
const CONTROL = /[\u0000-\u0009\u000B-\u001F]/;

/** The text signed by all the signers, a line for each (C2SP signed-note). Throws MalformedError for a text that can't be a note's. */
export function signNote(text: string, signers: readonly Signer[]): string {
  checkText(text);
  const lines = signers.map(({ name, keyId, sign }) => formatSignature({ name, keyId, signature: sign(text) }));
  return `${text}\n${lines.join("")}`;
}

/** With its newline. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  const id = Buffer.alloc(KEY_ID_BYTES);
  id.writeUInt32BE(keyId);
  return `${LINE_START}${name} ${Buffer.concat([id, signature]).toString("base64")}\n`;
}

/** The note with further signature lines. One by a key that has signed already is left out. */
export function addSignatures(note: string, signatures: readonly NoteSignature[]): string {
  const there = new Set(parseNote(note).signatures.map(keyOf));
  return (
    note +
    signatures
      .filter((each) => !there.has(keyOf(each)))
      .map(formatSignature)
      .join("")
  );
}

/** Text and signature lines, of which none is checked. Throws MalformedError. */
export function parseNote(note: string): Note {
  if (note.length > MAX_NOTE) throw new MalformedError("NOTE_TOO_LARGE", `more than ${MAX_NOTE} characters`);
  const end = note.lastIndexOf(SEPARATOR);
  if (end === -1) throw new MalformedError("NOTE_MALFORMED", "no blank line before signatures");
  const text = note.slice(0, end + 1);
  checkText(text);
  return { text, signatures: parseSignatures(note.slice(end + SEPARATOR.length)) };
}

function checkText(text: string): void {
  if (!text.endsWith("\n")) throw new MalformedError("NOTE_MALFORMED", "the text does not end in a newline");
  if (!text.isWellFormed()) throw new MalformedError("NOTE_MALFORMED", "the text is no Unicode text");
  if (CONTROL.test(text)) throw new MalformedError("NOTE_MALFORMED", "the text holds a control character");
}

/** Signature lines alone, as a witness answers them; one at least. Throws MalformedError. */
export function parseSignatures(lines: string): NoteSignature[] {
  if (lines === "") throw new MalformedError("NOTE_UNSIGNED", "no signature line");
  if (!lines.endsWith("\n"))
    throw new MalformedError("NOTE_MALFORMED", "the last signature line does not end in a newline");
  const each = lines.slice(0, -1).split("\n", MAX_SIGNATURES + 1);
  if (each.length > MAX_SIGNATURES)
    throw new MalformedError("NOTE_TOO_LARGE", `more than ${MAX_SIGNATURES} signatures`);
  return each.map(parseSignature);
}

function parseSignature(line: string): NoteSignature {
  const [name = "", encoded = "", ...rest] = line.startsWith(LINE_START)
    ? line.slice(LINE_START.length).split(" ")
    : [];
  if (!isKeyName(name) || rest.length > 0)
    throw new MalformedError("NOTE_SIGNATURE_LINE", "a signature line is not of the form — <name> <base64>");
  const bytes = readBase64(encoded);
  if (bytes === null) throw new MalformedError("BASE64_NOT_CANONICAL", "a signature is not canonical base64");
  if (bytes.length <= KEY_ID_BYTES)
    throw new MalformedError("NOTE_SIGNATURE_LINE", "a signature line without signature");
  return { name, keyId: bytes.readUInt32BE(0), signature: bytes.subarray(KEY_ID_BYTES) };
}

const keyOf = ({ name, keyId }: { readonly name: string; readonly keyId: number }): string => `${name} ${keyId}`;

/**
 * Checks every line by a given key and passes over the others, as C2SP signed-note has it. Throws MalformedError: NOTE_SIGNATURE_WRONG when a
 * line of a given key does not hold, NOTE_UNSIGNED when there is none of them.
 */
export function openNote(note: string, verifiers: readonly Verifier[]): OpenedNote {
  const { text, signatures } = parseNote(note);
  const known = new Map(verifiers.map((verifier) => [keyOf(verifier), verifier]));
  const verified = new Map<string, NoteSignature>();
  const unverified: NoteSignature[] = [];
  for (const each of signatures) {
    const verifier = known.get(keyOf(each));
    if (verifier === undefined) unverified.push(each);
    else if (!verifier.verify(text, each.signature))
      throw new MalformedError("NOTE_SIGNATURE_WRONG", `the signature of key ${keyOf(each)} does not hold`);
    else if (!verified.has(keyOf(each))) verified.set(keyOf(each), each);
  }
  if (verified.size === 0) throw new MalformedError("NOTE_UNSIGNED", "no signature by a known key");
  return { text, verified: [...verified.values()], unverified };
}
