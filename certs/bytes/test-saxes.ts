import { SaxesParser, type SaxesAttributeNS, type SaxesTagNS, type XMLDecl } from "saxes";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import type { OnClose, OnOpen, OpenElement } from "./xml-scan.ts";

/** scanXml over another parser with the same refusals, to compare ours with. */
export function scanBySaxes(bytes: Uint8Array, limits: Limits, onOpen: OnOpen, onClose: OnClose = () => {}): void {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  new Scan(limits, onOpen, onClose).parser.write(text).close();
}

const XINCLUDE = "http://www.w3.org/2001/XInclude";
/** Far beyond the twenty or so of the richest OFD element. */
const MAX_ATTRIBUTES = 256;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** Characters that continue a name but cannot begin one; saxes does not look at the first one after a prefix. */
const NO_NAME_START = /^(?:[-.\d\u00b7\u203f\u2040]|\p{M})/u;

/**
 * Handlers that need no state stand on the prototype: with more than six of its own V8 keeps a parser as a slow dictionary,
 * and reading takes four times as long. Errors have no handler, so that the first one is thrown.
 */
class StrictParser extends SaxesParser<{ xmlns: true; position: false }> {}
StrictParser.prototype.on("doctype", () => refuse("a DOCTYPE"));
StrictParser.prototype.on("processinginstruction", () => refuse("a processing instruction"));
StrictParser.prototype.on("xmldecl", checkDeclaration);

type Frame = { readonly element: OpenElement; text: string; runs: number; children: boolean; comment: boolean };

class Scan {
  readonly parser = new StrictParser({ xmlns: true, position: false });
  readonly #limits: Limits;
  readonly #onOpen: OnOpen;
  readonly #onClose: OnClose;
  readonly #frames: Frame[] = [];
  #top: Frame | undefined;
  #count = 0;
  #attributeCount = 0;
  #attributes: Map<string, string> | null = null;

  constructor(limits: Limits, onOpen: OnOpen, onClose: OnClose) {
    this.#limits = limits;
    this.#onOpen = onOpen;
    this.#onClose = onClose;
    const { parser } = this;
    parser.on("attribute", (attribute) => this.#attribute(attribute));
    parser.on("opentag", (tag) => this.#open(tag));
    parser.on("closetag", () => this.#close());
    parser.on("text", (text) => this.#text(text, isBlank(text)));
    parser.on("cdata", (text) => this.#text(text, false));
    parser.on("comment", () => this.#comment());
  }

  #attribute({ name, prefix, local, value }: SaxesAttributeNS): void {
    if (++this.#attributeCount > MAX_ATTRIBUTES)
      throw new Refusal("XML_LIMIT", `more than ${MAX_ATTRIBUTES} attributes in one element`);
    if (prefix === "xmlns" || name === "xmlns") {
      // saxes trims namespace names; other readers would not, and see another namespace.
      if (value.trim() !== value) refuse("a namespace name with blanks around it");
    } else if (prefix === "") (this.#attributes ??= new Map()).set(local, value);
    else if (NO_NAME_START.test(local)) throw new Refusal("XML_MALFORMED", "not a name after a prefix");
  }

  #open(tag: SaxesTagNS): void {
    const depth = this.#frames.length + 1;
    if (depth > this.#limits.maxXmlDepth) throw new Refusal("XML_LIMIT", `deeper than ${this.#limits.maxXmlDepth}`);
    if (++this.#count > this.#limits.maxXmlElements)
      throw new Refusal("XML_LIMIT", `more than ${this.#limits.maxXmlElements} elements`);
    if (tag.uri === XINCLUDE) refuse("XInclude");
    if (tag.prefix !== "" && NO_NAME_START.test(tag.local))
      throw new Refusal("XML_MALFORMED", "not a name after a prefix");
    if (this.#top !== undefined) this.#top.children = true;
    const attributes = this.#attributes ?? NO_ATTRIBUTES;
    this.#attributes = null;
    this.#attributeCount = 0;
    const element = { local: tag.local, namespace: tag.uri, attributes, depth };
    this.#top = { element, text: "", runs: 0, children: false, comment: false };
    this.#frames.push(this.#top);
    this.#onOpen(element);
  }

  #close(): void {
    const frame = this.#frames.pop();
    this.#top = this.#frames.at(-1);
    if (frame === undefined) return;
    const text = frame.runs === 0 && frame.children ? "" : frame.text;
    this.#onClose(frame.element, text);
  }

  /** Saxes tells of character data between two tags in one piece, references expanded. */
  #text(text: string, blank: boolean): void {
    const frame = this.#top;
    if (frame === undefined) return;
    if (!blank && ++frame.runs > 1) refuse("a value in several pieces");
    if (!blank && frame.comment) refuse("a comment inside a value");
    if (!blank || frame.runs > 0 || !frame.children) frame.text += text;
  }

  #comment(): void {
    const frame = this.#top;
    if (frame === undefined) return;
    if (frame.runs > 0) refuse("a comment inside a value");
    frame.comment = true;
  }
}

function refuse(what: string): never {
  throw new Refusal("XML_HOSTILE", what);
}

function checkDeclaration(declaration: XMLDecl): void {
  if (declaration.version !== "1.0") refuse("a version other than XML 1.0");
  const encoding = declaration.encoding?.toLowerCase() ?? "utf-8";
  if (encoding !== "utf-8" && encoding !== "utf8") refuse("an encoding other than UTF-8");
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x09 && unit !== 0x0d) return false;
  }
  return true;
}
