import type { XmlElement } from "../bytes/xml.ts";
import type { Remark } from "../reasons.ts";
import { Refusal } from "../refusal.ts";
import { type Box, parseBox } from "./box.ts";
import type { Entries } from "./entries.ts";
import { directoryOf, isAbsolute, resolveLocation, trimXml } from "./location.ts";
import { type Markup, readId } from "./markup.ts";
import { Notes, shown } from "./notes.ts";
import type { Reading } from "./reading.ts";

/** `fileRef` and `checkValue` are verbatim. `path` is null when the reference names no entry of the package. */
export type OfdReference = { readonly fileRef: string; readonly path: string | null; readonly checkValue: string };

/** `page`: the ID of a page, written as in OfdBody.pages. `boundary` is null when it cannot be read. */
export type OfdStamp = { readonly id: string | null; readonly page: string; readonly boundary: Box | null };

/**
 * A row of Signatures.xml with its Signature.xml. `xml`: raw bytes of Signature.xml (empty when it is not there), `type`
 * is Seal when absent, `relative` the ID of a base signature (OFD 2.0). The paths are canonical and may name no entry;
 * `signedValue` is null when it is not there. `problems`: what is wrong with the structure; none for a sound one.
 */
export type OfdSignature = {
  readonly id: string;
  readonly type: string;
  readonly relative: string | null;
  readonly path: string;
  readonly xml: Uint8Array;
  readonly checkMethod: string | null;
  readonly references: readonly OfdReference[];
  readonly signatureMethod: string | null;
  readonly dateTime: string | null;
  readonly provider: string | null;
  readonly sealPath: string | null;
  readonly picturePath: string | null;
  readonly stamps: readonly OfdStamp[];
  readonly signedValuePath: string | null;
  readonly signedValue: Uint8Array | null;
  readonly problems: readonly string[];
  readonly remarks: readonly Remark[];
};

type Row = Pick<OfdSignature, "id" | "type" | "relative">;

const NOTHING: Omit<OfdSignature, "id" | "type" | "relative" | "path" | "problems"> = {
  xml: new Uint8Array(0),
  checkMethod: null,
  references: [],
  signatureMethod: null,
  dateTime: null,
  provider: null,
  sealPath: null,
  picturePath: null,
  stamps: [],
  signedValuePath: null,
  signedValue: null,
  remarks: [],
};

/** A signature value holds a seal with its picture, and certificates; 64 of them stay in memory. */
const MOST_VALUE_BYTES = 8 * 1024 * 1024;

/** Reads Signature.xml (GB/T 33190-2016 18.2) and the value beside it. Throws Refusal for hostile XML and past a limit. */
export function readSignature(reading: Reading, path: string, row: Row): OfdSignature {
  const known = reading.signatures.get(path) ?? readFiles(reading, path, row);
  reading.signatures.set(path, known);
  return { ...known, ...row };
}

function readFiles(reading: Reading, path: string, row: Row): OfdSignature {
  const { entries } = reading;
  if (!entries.has(path)) return { ...NOTHING, ...row, path, problems: ["Signature.xml is not in the package"] };
  const file = new SignatureFile(reading.markup(path), entries);
  const info = file.required(file.root, "SignedInfo");
  const references = file.single(info, "References");
  const seal = file.single(info, "Seal");
  const signedValuePath = file.location(file.root, "SignedValue", "required");
  return {
    ...row,
    path,
    xml: entries.read(path),
    checkMethod: references?.attributes.get("CheckMethod") ?? null,
    references: readReferences(file, references, [path, signedValuePath], reading.limits.maxEntries),
    signatureMethod: file.text(info, "SignatureMethod"),
    dateTime: file.text(info, "SignatureDateTime"),
    provider: file.single(info, "Provider")?.attributes.get("ProviderName") ?? null,
    sealPath: file.location(seal, "BaseLoc", "optional"),
    picturePath: file.location(seal, "ImageLoc", "optional"),
    stamps: file.all(info, "StampAnnot").map(readStamp),
    signedValuePath,
    signedValue: readValue(entries, signedValuePath),
    problems: file.problems.list,
    remarks: file.remarks,
  };
}

function readValue(entries: Entries, path: string | null): Uint8Array | null {
  const size = path === null ? undefined : entries.sizes.get(path);
  if (path === null || size === undefined) return null;
  if (size > MOST_VALUE_BYTES)
    throw new Refusal("OFD_LIMIT", `a signature value of more than ${MOST_VALUE_BYTES} bytes`);
  return entries.read(path);
}

const readStamp = (stamp: XmlElement): OfdStamp => ({
  id: stamp.attributes.get("ID") ?? null,
  page: readId(stamp.attributes.get("PageRef")),
  boundary: parseBox(stamp.attributes.get("Boundary")),
});

/** Lookups in one Signature.xml that write down what does not fit. An absent parent has no children. */
class SignatureFile {
  readonly entries: Entries;
  readonly root: XmlElement;
  readonly directory: string;
  readonly problems = new Notes();
  readonly remarks: Remark[] = [];
  readonly #file: Markup;

  constructor(file: Markup, entries: Entries) {
    this.#file = file;
    this.entries = entries;
    this.root = file.root;
    this.directory = directoryOf(file.path);
    if (!file.isA("Signature")) this.problems.add("the file is no Signature");
  }

  all(parent: XmlElement | null, local: string): XmlElement[] {
    return parent === null ? [] : this.#file.all(parent, local);
  }

  /** Null when there is none. Several are a problem: readers differ on which one counts. */
  single(parent: XmlElement | null, local: string): XmlElement | null {
    const found = this.all(parent, local);
    if (found.length > 1) this.problems.add(`more than one ${local}`);
    return found[0] ?? null;
  }

  required(parent: XmlElement | null, local: string): XmlElement | null {
    const found = this.single(parent, local);
    if (found === null) this.problems.add(`no ${local}`);
    return found;
  }

  text(parent: XmlElement | null, local: string): string | null {
    const found = this.single(parent, local);
    return found === null ? null : trimXml(found.text);
  }

  /** Where a file of the signature lies. A name that leads to no entry is a problem. */
  location(parent: XmlElement | null, local: string, need: "required" | "optional"): string | null {
    const found = need === "required" ? this.required(parent, local) : this.single(parent, local);
    if (found === null) return null;
    const path = resolveLocation(this.directory, found.text);
    if (path === null || !this.entries.has(path)) this.problems.add(`${local} names nothing in the package`);
    return path;
  }
}

/** `own`: the files that no signature can cover, because they hold it. */
function readReferences(
  file: SignatureFile,
  list: XmlElement | null,
  own: readonly (string | null)[],
  most: number,
): OfdReference[] {
  const first = new Map<string, string>();
  // One more than there can be entries is enough to find one that is listed twice or leads nowhere.
  const elements = file.all(list, "Reference").slice(0, most + 1);
  return elements.map((element) => {
    const reference = readReference(file, element);
    const { path, fileRef, checkValue } = reference;
    if (path === null) file.problems.add(`FileRef ${shown(fileRef)} names nothing in the package`);
    else if (own.includes(path)) file.problems.add(`FileRef ${shown(fileRef)} names the signature itself`);
    else if (first.has(path)) file.problems.add(repeated(path, first.get(path) === checkValue));
    if (path !== null && !first.has(path)) first.set(path, checkValue);
    return reference;
  });
}

const repeated = (path: string, same: boolean): string =>
  same ? `${shown(path)} is listed twice` : `${shown(path)} is listed with two digests`;

function readReference(file: SignatureFile, element: XmlElement): OfdReference {
  const fileRef = element.attributes.get("FileRef") ?? "";
  const [value, ...others] = file.all(element, "CheckValue");
  if (value === undefined || others.length > 0 || value.children.length > 0)
    file.problems.add(`FileRef ${shown(fileRef)} has no single CheckValue`);
  return { fileRef, path: referencedPath(file, fileRef), checkValue: value?.text ?? "" };
}

/**
 * FileRef is an absolute path. A relative one is taken only when just one reading of it, from the package's root or from
 * the directory of Signature.xml, names an entry.
 */
function referencedPath(file: SignatureFile, fileRef: string): string | null {
  const directories = isAbsolute(fileRef) ? ["/"] : ["/", file.directory];
  const readings = new Set<string>();
  for (const directory of directories) {
    const path = resolveLocation(directory, fileRef);
    if (path !== null && file.entries.has(path)) readings.add(path);
  }
  const [path, ...others] = readings;
  if (path === undefined || others.length > 0) return null;
  if (!isAbsolute(fileRef) && file.remarks.length === 0)
    file.remarks.push({ code: "LENIENT_RELATIVE_REFERENCE", detail: shown(fileRef) });
  return path;
}
