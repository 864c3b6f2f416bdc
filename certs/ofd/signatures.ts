import type { XmlElement } from "../bytes/xml.ts";
import { directoryOf, resolveLocation, trimXml } from "./location.ts";
import { type Markup, readId } from "./markup.ts";
import { Notes, shown } from "./notes.ts";
import type { Reading } from "./reading.ts";
import { type OfdSignature, readSignature } from "./signature.ts";

/** `path`: Signatures.xml as located; null when the DocBody names none. `problems` is what is wrong with the list. */
export type SignatureList = {
  readonly path: string | null;
  readonly signatures: readonly OfdSignature[];
  readonly problems: Notes;
};

/**
 * Reads the Signatures.xml that a DocBody names, and each Signature.xml (GB/T 33190-2016 18.1). Whatever contradicts
 * itself is a problem of the list, never resolved by choosing one reading. Throws Refusal for hostile XML and past a limit.
 */
export function readSignatures(reading: Reading, directory: string, location: string | null): SignatureList {
  const problems = new Notes();
  if (location === null) return { path: null, signatures: [], problems };
  const path = resolveLocation(directory, location);
  if (path === null || !reading.entries.has(path)) {
    problems.add("the list of signatures is not in the package");
    return { path, signatures: [], problems };
  }
  const list = reading.markup(path);
  if (!list.isA("Signatures")) problems.add(`${path} is no list of signatures`);
  const rows = list.all(list.root, "Signature");
  reading.countSignatures(rows.length);
  const signatures = rows.flatMap((row) => readRow(reading, list, row, problems));
  checkRows(signatures, problems);
  checkMaximum(list, signatures, problems);
  return { path, signatures, problems };
}

function readRow(reading: Reading, list: Markup, row: XmlElement, problems: Notes): OfdSignature[] {
  const id = readId(row.attributes.get("ID"));
  const path = resolveLocation(directoryOf(list.path), row.attributes.get("BaseLoc") ?? "");
  if (path === null) problems.add(`signature ${shown(id)} has no usable BaseLoc`);
  if (path === null) return [];
  const relative = row.attributes.get("Relative");
  const type = row.attributes.get("Type") ?? "Seal";
  return [readSignature(reading, path, { id, type, relative: relative === undefined ? null : readId(relative) })];
}

function checkRows(signatures: readonly OfdSignature[], problems: Notes): void {
  const ids = new Set<string>();
  const paths = new Set<string>();
  for (const { id, path } of signatures) {
    if (id === "") problems.add("a signature without an ID");
    if (ids.has(id)) problems.add(`two signatures of ID ${shown(id)}`);
    if (paths.has(path)) problems.add(`two signatures at ${shown(path)}`);
    ids.add(id);
    paths.add(path);
  }
  for (const { id, relative } of signatures)
    if (relative !== null && (relative === id || !ids.has(relative)))
      problems.add(`signature ${shown(id)} builds on signature ${shown(relative)}, which is not listed`);
}

const DIGITS = /^\d{1,15}$/;

/**
 * MaxSignId counts stamps too, so it may be larger than any signature's ID. Real files leave it out, repeat it, or write
 * `s006`: it lies only when both numbers are plain and an ID is above it.
 */
function checkMaximum(list: Markup, signatures: readonly OfdSignature[], problems: Notes): void {
  const stated = list.all(list.root, "MaxSignId").map((element) => trimXml(element.text));
  if (stated.length === 0 || !stated.every((text) => DIGITS.test(text))) return;
  const maximum = Math.max(...stated.slice(0, 100).map(Number));
  const ids = signatures.map(({ id }) => id).filter((id) => DIGITS.test(id));
  if (ids.some((id) => Number(id) > maximum)) problems.add("MaxSignId is below the ID of a signature");
}

const SIGNATURE_FILE = /\/(?:Signature\.xml|Sign(?:ed)?Value\.dat)$/i;

/** Entries that look like parts of a signature although no list of the package leads to them. */
export function strayOf(paths: Iterable<string>, known: (path: string) => boolean): string[] {
  return [...paths].filter((path) => SIGNATURE_FILE.test(path) && !known(path));
}

/** The entries that are a signature itself rather than part of the document. */
export const filesOf = (signature: OfdSignature): string[] =>
  [signature.path, signature.sealPath, signature.picturePath, signature.signedValuePath].filter(
    (path) => path !== null,
  );
