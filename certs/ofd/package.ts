import type { XmlElement } from "../bytes/xml.ts";
import { readZip } from "../bytes/zip.ts";
import type { Limits } from "../limits.ts";
import type { Remark } from "../reasons.ts";
import { Refusal } from "../refusal.ts";
import type { Box } from "./box.ts";
import { walkDocument } from "./document.ts";
import { Entries } from "./entries.ts";
import type { EntryMemory } from "./entry-content.ts";
import type { Markup } from "./markup.ts";
import { type OfdMetadata, readMetadata } from "./metadata.ts";
import { shown } from "./notes.ts";
import { Reach } from "./reach.ts";
import { Reading, structure } from "./reading.ts";
import type { OfdSignature } from "./signature.ts";
import { type SignatureList, filesOf, readSignatures, strayOf } from "./signatures.ts";
import { walkVersions } from "./versions.ts";
import { type OfdPage, Walk } from "./walk.ts";

export type { Box } from "./box.ts";
export type { OfdMetadata } from "./metadata.ts";
export type { OfdReference, OfdSignature, OfdStamp } from "./signature.ts";
export type { OfdAnnotations, OfdPage } from "./walk.ts";

/**
 * One DocBody. `reached`: entry path to how the shown document reaches it, for people. `missing`: the same for what is
 * referenced but not in the package; a reference that is no path at all stands there as `(no path) …`. `listProblems`:
 * what is wrong with Signatures.xml. `templateBoxes`: template path to the boxes of its objects.
 */
export type OfdBody = {
  readonly index: number;
  readonly metadata: OfdMetadata;
  readonly root: string;
  readonly signatureList: string | null;
  readonly signatures: readonly OfdSignature[];
  readonly listProblems: readonly string[];
  readonly reached: ReadonlyMap<string, string>;
  readonly missing: ReadonlyMap<string, string>;
  readonly pages: ReadonlyMap<string, OfdPage>;
  readonly templateBoxes: ReadonlyMap<string, readonly Box[]>;
};

/**
 * `entries`: canonical absolute path to uncompressed size, files only. `encrypted`: Encryptions.xml of GM/T 0099 stands in
 * the root: what a viewer shows may be another document than the one read here, and `bodies` may be empty. `foreign`:
 * places where an element of a foreign namespace carries the name of an OFD element that is looked for there.
 */
export type OfdPackage = {
  readonly bodies: readonly OfdBody[];
  readonly entries: ReadonlyMap<string, number>;
  readonly encrypted: boolean;
  readonly foreign: readonly string[];
  readonly remarks: readonly Remark[];
  read(path: string): Uint8Array;
  sm3(path: string): Uint8Array;
  /** Reads every entry that was not read so far. Throws Refusal when one lies about its size or checksum. */
  readRest(): void;
};

const ROOT = "/OFD.xml";
const ENCRYPTIONS = "/Encryptions.xml";
const MOST_BODIES = 32;

/**
 * Reads a package: zip, structure, signatures and what each document reaches (GB/T 33190-2016). Files that nobody reaches
 * are left alone. `read` and `sm3` throw Refusal for a damaged entry. Throws Refusal.
 */
export function readOfd(bytes: Uint8Array, limits: Limits, memory: EntryMemory | null = null): OfdPackage {
  const zip = readZip(bytes, limits);
  const entries = new Entries(zip, memory);
  const reading = new Reading(entries, limits);
  const encrypted = entries.has(ENCRYPTIONS);
  return {
    bodies: encrypted ? readIfLegible(reading) : readBodies(reading),
    entries: entries.sizes,
    encrypted,
    foreign: reading.foreign.list,
    remarks: zip.remarks,
    read: (path) => entries.read(path),
    sm3: (path) => entries.sm3(path),
    readRest: () => entries.readRest(),
  };
}

/** GM/T 0099 leaves out or replaces what it encrypts, so that an encrypted package may have no readable structure. */
function readIfLegible(reading: Reading): readonly OfdBody[] {
  try {
    return readBodies(reading);
  } catch (error) {
    if (error instanceof Refusal && (error.code === "OFD_STRUCTURE" || error.code === "XML_MALFORMED")) return [];
    throw error;
  }
}

function readBodies(reading: Reading): OfdBody[] {
  if (!reading.entries.has(ROOT)) throw structure("OFD.xml is not in the package");
  const file = reading.markup(ROOT);
  if (!file.isA("OFD")) throw structure("OFD.xml is no OFD");
  const bodies = file.all(file.root, "DocBody");
  if (bodies.length === 0) throw structure("OFD.xml has no DocBody");
  if (bodies.length > MOST_BODIES) throw new Refusal("OFD_LIMIT", `more than ${MOST_BODIES} documents`);
  const drafts = bodies.map((body, index) => readBody(reading, file, body, index));
  addStrays(reading, drafts);
  return drafts.map(({ body }) => body);
}

type Draft = { readonly body: OfdBody; readonly list: SignatureList };

function readBody(reading: Reading, file: Markup, body: XmlElement, index: number): Draft {
  const info = single(file, body, "DocInfo");
  const list = readSignatures(reading, "/", single(file, body, "Signatures")?.text ?? null);
  const reach = new Reach(reading.entries, (references) => reading.countReferences(references));
  const walk = new Walk(reading, reach);
  const root = reach.locate("/", single(file, body, "DocRoot")?.text ?? "");
  if (root === null) throw structure("a DocBody whose DocRoot names nothing in the package");
  const via = `OFD.xml → ${shown(root.slice(1))}`;
  reach.follow("/", ROOT, "OFD.xml");
  reach.follow("/", root, via);
  walkDocument(walk, root, via, "shown");
  walkVersions(walk, file, body, ownFiles(list));
  for (const cover of info === null ? [] : file.all(info, "Cover")) reach.follow("/", cover.text, "OFD.xml → cover");
  return {
    list,
    body: {
      index,
      metadata: readMetadata(file, info),
      root,
      signatureList: list.path,
      signatures: list.signatures,
      listProblems: list.problems.list,
      reached: reach.reached,
      missing: reach.missing,
      pages: walk.pages,
      templateBoxes: walk.templateBoxes,
    },
  };
}

function single(file: Markup, parent: XmlElement, local: string): XmlElement | null {
  const [first, ...others] = file.all(parent, local);
  if (others.length > 0) throw structure(`a DocBody has more than one ${local}`);
  return first ?? null;
}

const ownFiles = (list: SignatureList): Set<string> =>
  new Set([...(list.path === null ? [] : [list.path]), ...list.signatures.flatMap(filesOf)]);

/** Parts of signatures that no list leads to: a signature was taken off a list, or a list is not the one it was. */
function addStrays(reading: Reading, drafts: readonly Draft[]): void {
  const known = new Set(drafts.flatMap(({ list }) => [...ownFiles(list)]));
  const reached = (path: string): boolean => drafts.some(({ body }) => body.reached.has(path));
  for (const path of strayOf(reading.entries.sizes.keys(), (path) => known.has(path) || reached(path)))
    for (const { list } of drafts) list.problems.add(`${shown(path)} belongs to no listed signature`);
}
