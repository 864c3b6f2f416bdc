import { createHash } from "node:crypto";
import { zipOf } from "../issue/zip.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { type OfdPackage, readOfd } from "./package.ts";

/** For tests: a package as path (without leading slash) to text or bytes. Texts that begin with `<` get the OFD namespace as default. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export const NAMESPACE = "http://www.ofdspec.org/2016";

const inNamespace = (markup: string): string =>
  /^<[\w:]+[^>]*\sxmlns/.test(markup) ? markup : markup.replace(/^<(\w+)/, `<$1 xmlns="${NAMESPACE}"`);

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === "string" ? Buffer.from(inNamespace(content)) : content;

export const archive = (files: Files): Buffer =>
  zipOf(new Map(Object.entries(files).map(([name, content]) => [name, bytesOf(content)])));

export const read = (files: Files, limits: Partial<Limits> = {}): OfdPackage =>
  readOfd(archive(files), { ...DEFAULT_LIMITS, ...limits });

/** The code of the refusal that reading ends in; `read` when it does not. */
export function refusalOf(files: Files, limits: Partial<Limits> = {}): string {
  try {
    read(files, limits);
    return "read";
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
}

export const sm3 = (content: string | Uint8Array): string =>
  createHash("sm3").update(bytesOf(content)).digest("base64");

export const docBody = (inside = "", root = "Doc_0/Document.xml"): string =>
  `<DocBody><DocInfo><DocID>1</DocID></DocInfo><DocRoot>${root}</DocRoot>${inside}</DocBody>`;

export const SIGNED = docBody("<Signatures>/Doc_0/Signs/Signatures.xml</Signatures>");

export const documentXml = (
  inside = "",
  common = "",
  pages = '<Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>',
): string =>
  `<Document><CommonData><PageArea><PhysicalBox>0 0 210 297</PhysicalBox></PageArea>${common}</CommonData><Pages>${pages}</Pages>${inside}</Document>`;

/** One page, no signature. */
export const PLAIN: Files = {
  "OFD.xml": `<OFD>${docBody()}</OFD>`,
  "Doc_0/Document.xml": documentXml(),
  "Doc_0/Pages/Page_0/Content.xml": "<Page><Content/></Page>",
};

export type Signing = {
  readonly folder?: string;
  /** Paths without a leading slash; all files given when absent. */
  readonly covers?: readonly string[];
  readonly stamps?: string;
  readonly inside?: string;
  readonly references?: string;
};

/** The files with Sign_0 added, which covers what it is told to. Its SignedValue.dat is no signature: nobody here looks. */
export function signed(files: Files, signing: Signing = {}): Files {
  const folder = signing.folder ?? "Doc_0/Signs/Sign_0";
  const all: Files = {
    ...files,
    [`${folder}/SignedValue.dat`]: Buffer.from("value"),
    [`${folder}/Seal.esl`]: Buffer.from("seal"),
  };
  const covered = signing.covers ?? Object.keys(files);
  const list = covered.map((path) => reference(`/${path}`, sm3(all[path] ?? ""))).join("");
  const info = `<References CheckMethod="SM3">${signing.references ?? list}</References>${signing.stamps ?? ""}${signing.inside ?? ""}`;
  return {
    "Doc_0/Signs/Signatures.xml": signatureList('<Signature ID="1" Type="Seal" BaseLoc="Sign_0/Signature.xml"/>'),
    ...all,
    [`${folder}/Signature.xml`]: `<Signature><SignedInfo>${info}<Seal><BaseLoc>Seal.esl</BaseLoc></Seal></SignedInfo><SignedValue>SignedValue.dat</SignedValue></Signature>`,
  };
}

export const reference = (fileRef: string, checkValue: string): string =>
  `<Reference FileRef="${fileRef}"><CheckValue>${checkValue}</CheckValue></Reference>`;

export const signatureList = (rows: string): string => `<Signatures>${rows}</Signatures>`;

/** Fails the test when there is none. */
export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined || list.length !== 1) throw new Error(`${list.length} in place of one`);
  return first;
}
