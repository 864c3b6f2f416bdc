import { crc32 } from "node:zlib";
import { Refusal } from "../refusal.ts";

/** Bounds on one name, so that checking all prefixes of all names stays linear in the size of the directory. */
const MAX_NAME_BYTES = 1024;
const MAX_SEGMENTS = 32;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const gb18030 = new TextDecoder("gb18030", { fatal: true });
/** Control, invisible and direction-changing characters. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

export type DecodedName = { readonly name: string; readonly gbk: boolean };

/** Decodes and checks the name in `bytes[start, end)`: ASCII, else UTF-8, else (unless flagged as UTF-8) GB 18030. Throws Refusal. */
export function readName(bytes: Buffer, start: number, end: number, flaggedUtf8: boolean): DecodedName {
  if (end === start || end - start > MAX_NAME_BYTES) throw new Refusal("ZIP_NAME", "an empty or very long name");
  let high = 0;
  for (let i = start; i < end; i++) high |= bytes[i] ?? 0;
  const decoded =
    high < 0x80
      ? { name: bytes.toString("latin1", start, end), gbk: false }
      : decode(bytes.subarray(start, end), flaggedUtf8);
  checkName(decoded.name);
  if (high >= 0x80 && UNSEEN.test(decoded.name)) throw new Refusal("ZIP_NAME", "a name with invisible characters");
  return decoded;
}

function decode(raw: Uint8Array, flaggedUtf8: boolean): DecodedName {
  const name = attempt(utf8, raw);
  if (name !== null) return { name, gbk: false };
  const legacy = flaggedUtf8 ? null : attempt(gb18030, raw);
  if (legacy === null) throw new Refusal("ZIP_NAME", "a name in no known encoding");
  return { name: legacy, gbk: true };
}

function attempt(decoder: TextDecoder, raw: Uint8Array): string | null {
  try {
    return decoder.decode(raw);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function checkName(name: string): void {
  let segments = 1;
  let start = 0;
  for (let i = 0; i <= name.length; i++) {
    const unit = i === name.length ? SLASH : name.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f || unit === BACKSLASH)
      throw new Refusal("ZIP_NAME", "a name with a backslash or control character");
    if (unit !== SLASH) continue;
    checkSegment(name, start, i);
    segments++;
    start = i + 1;
  }
  if (segments > MAX_SEGMENTS) throw new Refusal("ZIP_NAME", "a name of too many folders");
  if (name.charCodeAt(1) === COLON && DRIVE.test(name)) throw new Refusal("ZIP_NAME", "a name with a drive letter");
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const DOT = 0x2e;
const DRIVE = /^[A-Za-z]:/;

function checkSegment(name: string, start: number, end: number): void {
  if (start === end && start === 0) throw new Refusal("ZIP_NAME", "an absolute name");
  if (name.charCodeAt(start) !== DOT) return;
  if (end - start === 2 && name.charCodeAt(start + 1) === DOT) throw new Refusal("ZIP_NAME", "a name that climbs up");
  if (end - start === 1 && (end === name.length || end === name.length - 1))
    throw new Refusal("ZIP_NAME", "a name that ends in a dot folder");
}

/** Info-ZIP's Unicode path field must repeat the name in the header: a reader that honours it would see another entry. */
export function checkUnicodePath(bytes: Buffer, at: number, length: number, raw: Uint8Array, name: string): void {
  const claimed = length > 5 && bytes[at] === 1 ? attempt(utf8, bytes.subarray(at + 5, at + length)) : null;
  if (claimed !== name || bytes.readUInt32LE(at + 1) !== crc32(raw))
    throw new Refusal("ZIP_NAME", "a Unicode name that differs from the name");
}

type Kind = "file" | "folder" | "implied";

/** Knows the names seen and refuses one that a reader might confuse with another, or that is both file and folder. */
export class NameRegister {
  readonly #seen = new Map<string, Kind>();

  add(name: string, directory: boolean): void {
    const key = nameKey(name);
    if (key === "") throw new Refusal("ZIP_NAME", "a name of dots and slashes only");
    const before = this.#seen.get(key);
    if (before !== undefined && !(before === "implied" && directory))
      throw new Refusal("ZIP_DUPLICATE", "two entries whose names are the same, or nearly so");
    this.#seen.set(key, directory ? "folder" : "file");
    this.#addParents(key);
  }

  #addParents(key: string): void {
    for (let cut = key.lastIndexOf("/"); cut > 0; cut = key.lastIndexOf("/", cut - 1)) {
      const parent = key.slice(0, cut);
      const kind = this.#seen.get(parent);
      if (kind === "file") throw new Refusal("ZIP_DUPLICATE", "a name that is both a file and a folder");
      if (kind !== undefined) return;
      this.#seen.set(parent, "implied");
    }
  }
}

/** One key for names that differ only by `./`, `//`, a final slash, case or Unicode composition. */
function nameKey(name: string): string {
  let key = name;
  if (key.includes("//") || key.startsWith("./") || key.includes("/./"))
    key = key
      .split("/")
      .filter((segment) => segment !== "" && segment !== ".")
      .join("/");
  else if (key.endsWith("/")) key = key.slice(0, -1);
  const lower = key.toLowerCase();
  return isAscii(lower) ? lower : lower.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
