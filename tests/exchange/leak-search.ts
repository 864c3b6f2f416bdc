import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What must not be found, by what it is. */
export type Secrets = Readonly<Record<string, string>>;
/** `where`: a file, or what else was searched. `what`: the secret's name and its writing. */
export type Leak = { readonly where: string; readonly what: string };

type Writing = { readonly what: string; readonly bytes: Buffer };

/** Shorter ones stand in random bytes by chance. */
const SHORTEST = 6;

/** Where a secret stands in these bytes, plain or in a writing that anybody can read back. */
export function leaksIn(where: string, content: Uint8Array | string, secrets: Secrets): readonly Leak[] {
  const bytes = typeof content === "string" ? Buffer.from(content) : Buffer.from(content);
  return Object.entries(secrets)
    .flatMap(([name, text]) => writingsOf(name, text))
    .filter((writing) => bytes.includes(writing.bytes))
    .map(({ what }) => ({ where, what }));
}

/** Every file below a directory but the excepted ones, as its bytes; databases as their rows too. */
export function leaksBelow(
  directory: string,
  secrets: Secrets,
  isExcepted: (path: string) => boolean = () => false,
): readonly Leak[] {
  const paths = filesBelow(directory).filter((path) => !isExcepted(path));
  // The lock is held, and holds nothing.
  const databases = paths.filter((path) => path.endsWith(".sqlite") && !path.endsWith("lock.sqlite"));
  return [
    ...paths.flatMap((path) => leaksIn(path, bytesOf(join(directory, path)), secrets)),
    ...databases.flatMap((path) => leaksIn(`rows of ${path}`, rowsOf(join(directory, path)), secrets)),
  ];
}

export const filesBelow = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((path) => join(directory, path))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true)
    .map((path) => relative(directory, path));

/** Empty when it is gone by now: the service goes on writing. */
function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

/** What is longer than a page stands in a database's file in pieces. */
function rowsOf(file: string): string {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
    return rows.map((row) => Object.values(row).map(textOf).join("\n")).join("\n");
  } finally {
    database.close();
  }
}

const textOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);

function writingsOf(name: string, text: string): Writing[] {
  const cases = [...new Set([text, text.toLowerCase(), text.toUpperCase()])];
  return cases
    .flatMap((each) => WRITINGS.map(([what, write]) => ({ what: name + what, bytes: Buffer.from(write(each)) })))
    .filter(({ bytes }) => bytes.length >= SHORTEST);
}

const WRITINGS: readonly (readonly [what: string, write: (text: string) => string | Buffer])[] = [
  ["", (text) => text],
  [" in UTF-16LE", (text) => Buffer.from(text, "utf16le")],
  [" in UTF-16BE", (text) => Buffer.from(text, "utf16le").swap16()],
  [" in JSON escapes", (text) => jsonEscaped(text)],
  [" in JSON escapes", (text) => jsonEscaped(text).toUpperCase().replaceAll("\\U", "\\u")],
  [" percent-encoded", (text) => percentEncoded(text)],
  [" percent-encoded", (text) => percentEncoded(text).toLowerCase()],
  [" in hex", (text) => Buffer.from(text).toString("hex")],
  [" in hex", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  [" in Base64", (text) => base64Within(text, 0, "base64")],
  [" in Base64", (text) => base64Within(text, 1, "base64")],
  [" in Base64", (text) => base64Within(text, 2, "base64")],
  [" in Base64url", (text) => base64Within(text, 0, "base64url")],
  [" in Base64url", (text) => base64Within(text, 1, "base64url")],
  [" in Base64url", (text) => base64Within(text, 2, "base64url")],
];

const jsonEscaped = (text: string): string =>
  Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");

/** Every byte, those too that need not be. */
const percentEncoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");

/** The characters that stand for the text alone when so many other bytes go before it in a group of three. */
function base64Within(text: string, offset: number, alphabet: "base64" | "base64url"): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  return bytes.toString(alphabet).slice(Math.ceil((offset * 4) / 3), Math.floor((bytes.length * 4) / 3));
}
