import { hash } from "node:crypto";
import { type Box, type Entries, element, escapeXml, pageId, rewrite, xmlFile } from "./ofd.ts";

/** How SignatureDateTime is written. The two without a zone are in China Standard Time. */
export type DateTimeForm = "utc" | "utc-millis" | "local" | "spaced" | "iso";

export type SignatureOptions = {
  readonly signedAt: number;
  /** Which entries the References list; the signature's own two files never are, Signatures.xml only when locked. */
  readonly cover?: "all" | ((path: string) => boolean);
  /** Covers Signatures.xml, so that no later signature can be added. Default true. */
  readonly lockSignatures?: boolean;
  /** Of the package's Signs directory, default Doc_0/Signs/Sign_n with the next free n. */
  readonly folder?: string;
  readonly id?: string;
  /** The Type attribute when it shall not be the right one; null leaves it out. */
  readonly declaredType?: string | null;
  readonly dateTime?: DateTimeForm;
  /** `digest` is OpenSSL's name. Default SM3. */
  readonly checkMethod?: { readonly name: string; readonly digest: string };
  readonly signatureMethod?: string;
  /** Changes Signature.xml before it is digested. */
  readonly rewriteXml?: (xml: string) => string;
};

/** `page` counts from 0. */
export type Stamp = { readonly page: number; readonly box: Box };
/** `file` null: no Seal.esl, which the standard allows. */
export type Appearance = { readonly stamp: Stamp; readonly file: Uint8Array | null };

const SIGNATURES = "Doc_0/Signs/Signatures.xml";
const SM2_WITH_SM3 = "1.2.156.10197.1.501";
const CHINA = 8 * 3_600_000;

/** `time` in milliseconds since 1970. */
export function writeDateTime(time: number, form: DateTimeForm): string {
  const utc = new Date(time).toISOString();
  const local = new Date(time + CHINA).toISOString();
  switch (form) {
    case "utc":
      return `${utc.slice(0, 19).replace(/[-:T]/g, "")}Z`;
    case "utc-millis":
      return utc.replace(/[-:T]/g, "");
    case "local":
      return local.slice(0, 19).replace(/[-:T]/g, "");
    case "spaced":
      return local.slice(0, 19).replace("T", " ");
    case "iso":
      return utc;
  }
}

export const sm3 = (bytes: Uint8Array): Buffer => hash("sm3", bytes, "buffer");

/**
 * Adds one signature to a package: its line in Signatures.xml, Signature.xml, the value that `valueOf` makes of the
 * bytes and absolute path of Signature.xml, and Seal.esl. Source: GB/T 33190-2016, clause 18.
 */
export function addSignature(
  entries: Entries,
  type: "Seal" | "Sign",
  options: SignatureOptions,
  appearance: Appearance | null,
  valueOf: (signatureXml: Uint8Array, path: string) => Uint8Array,
): Entries {
  const folder = options.folder ?? nextFolder(entries);
  const listed = new Map(listSignature(entries, folder, type, options));
  if (appearance !== null && appearance.file !== null) listed.set(`${folder}/Seal.esl`, appearance.file);
  const xml = signatureXml(listed, folder, options, appearance);
  listed.set(`${folder}/Signature.xml`, xml);
  return listed.set(`${folder}/SignedValue.dat`, valueOf(xml, `/${folder}/Signature.xml`));
}

function nextFolder(entries: Entries): string {
  let n = 0;
  while (entries.has(`Doc_0/Signs/Sign_${n}/Signature.xml`)) n++;
  return `Doc_0/Signs/Sign_${n}`;
}

function listSignature(entries: Entries, folder: string, type: string, options: SignatureOptions): Entries {
  const declared = options.declaredType === undefined ? type : (options.declaredType ?? undefined);
  const id = options.id ?? String(nextId(entries));
  const line = element("Signature", { ID: id, Type: declared, BaseLoc: `/${folder}/Signature.xml` });
  const last = element("MaxSignId", {}, escapeXml(String(Math.max(nextId(entries), Number(id) || 0))));
  if (entries.has(SIGNATURES))
    return rewrite(entries, SIGNATURES, (text) => text.replace(/<ofd:MaxSignId>.*<\/ofd:MaxSignId>/, line + last));
  const pointing = rewrite(entries, "OFD.xml", (text) =>
    text.replace("</ofd:DocRoot>", `</ofd:DocRoot>${element("Signatures", {}, `/${SIGNATURES}`)}`),
  );
  return new Map(pointing).set(SIGNATURES, xmlFile("Signatures", {}, line, last));
}

function nextId(entries: Entries): number {
  const text = Buffer.from(entries.get(SIGNATURES) ?? []).toString("utf8");
  return Number(/<ofd:MaxSignId>(\d+)</.exec(text)?.[1] ?? 0) + 1;
}

function signatureXml(
  entries: Entries,
  folder: string,
  options: SignatureOptions,
  appearance: Appearance | null,
): Buffer {
  const signed = element(
    "SignedInfo",
    {},
    element("Provider", { ProviderName: "tongyan-issue", Company: "tongyan", Version: "1.0" }),
    element("SignatureMethod", {}, options.signatureMethod ?? SM2_WITH_SM3),
    element("SignatureDateTime", {}, writeDateTime(options.signedAt, options.dateTime ?? "utc")),
    references(entries, folder, options),
    appearance === null ? "" : appearanceXml(appearance, folder),
  );
  const xml = xmlFile("Signature", {}, signed, element("SignedValue", {}, `/${folder}/SignedValue.dat`));
  return options.rewriteXml === undefined ? xml : Buffer.from(options.rewriteXml(xml.toString("utf8")), "utf8");
}

function references(entries: Entries, folder: string, options: SignatureOptions): string {
  const { name, digest } = options.checkMethod ?? { name: "SM3", digest: "sm3" };
  const lines: string[] = [];
  for (const [path, bytes] of entries) {
    if (!covers(path, folder, options)) continue;
    const value = element("CheckValue", {}, hash(digest, bytes, "buffer").toString("base64"));
    lines.push(element("Reference", { FileRef: `/${path}` }, value));
  }
  return element("References", { CheckMethod: name }, ...lines);
}

function covers(path: string, folder: string, options: SignatureOptions): boolean {
  if (path === `${folder}/Signature.xml` || path === `${folder}/SignedValue.dat`) return false;
  if (path === SIGNATURES && options.lockSignatures === false) return false;
  const { cover = "all" } = options;
  return cover === "all" || cover(path);
}

function appearanceXml({ stamp, file }: Appearance, folder: string): string {
  const mark = element("StampAnnot", { ID: "1", PageRef: pageId(stamp.page), Boundary: stamp.box.join(" ") });
  return file === null ? mark : mark + element("Seal", {}, element("BaseLoc", {}, `/${folder}/Seal.esl`));
}
