import { SaxesParser, type SaxesAttributeNS, type SaxesTagNS, type XMLDecl } from "saxes";
import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";

/** An opened element. `attributes` holds those without a prefix, namespace declarations left out; `depth` of the root is 1. */
export type OpenElement = {
  readonly local: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly depth: number;
};

/** `text` is the element's own character data, verbatim; "" where that is just blanks between child elements. */
export type XmlElement = {
  readonly local: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
};

type OnOpen = (element: OpenElement) => void;
type OnClose = (element: OpenElement, text: string) => void;

type Node = { -readonly [K in keyof XmlElement]: XmlElement[K] } & { children: XmlElement[] };

/** Shared by all elements without children: a tree of many leaves takes far less room. */
const NO_CHILDREN: XmlElement[] = [];
Object.freeze(NO_CHILDREN);

/** Reads a whole XML file into a tree, with the refusals of `scanXml`. */
export function readXml(bytes: Uint8Array, limits: Limits): XmlElement {
  const open: Node[] = [];
  scanXml(
    bytes,
    limits,
    ({ local, namespace, attributes, depth }) => {
      const element = { local, namespace, attributes, children: NO_CHILDREN, text: "" };
      const parent = open[depth - 2];
      if (parent?.children === NO_CHILDREN) parent.children = [element];
      else parent?.children.push(element);
      open[depth - 1] = element;
    },
    ({ depth }, text) => {
      const element = open[depth - 1];
      if (element !== undefined) element.text = text;
    },
  );
  const [root] = open;
  if (root === undefined) throw new Refusal("XML_MALFORMED", "no root element");
  return root;
}

/**
 * Walks an XML 1.0 file in UTF-8 and tells of each element as it opens and closes. XML_HOSTILE: DOCTYPE, entities of one's own,
 * processing instructions, XInclude, values of several runs of text or with a comment, repeated attributes, a second root.
 * XML_LIMIT: size, depth, count. XML_MALFORMED: all else that is not well-formed. Throws Refusal, and what a callback throws.
 */
export function scanXml(bytes: Uint8Array, limits: Limits, onOpen: OnOpen, onClose: OnClose = () => {}): void {
  if (bytes.length > limits.maxXmlBytes) throw new Refusal("XML_LIMIT", `more than ${limits.maxXmlBytes} bytes`);
  const text = decode(bytes);
  const scan = new Scan(limits, onOpen, onClose);
  try {
    scan.parser.write(text).close();
  } catch (error) {
    if (error instanceof Refusal || scan.callbackFailed) throw error;
    throw refusalOf(error, scan.parser.line);
  }
}

/** Faults of saxes that are attacks rather than accidents, by the beginning of its message. */
const HOSTILE_FAULTS = [
  ["undefined entity", "an entity of its own"],
  ["documents may contain only one root", "a second root element"],
  ["text data outside of root", "text outside the root element"],
  ["duplicate attribute", "an attribute given twice"],
  ["inappropriately located doctype", "a DOCTYPE"],
] as const;

function refusalOf(error: unknown, line: number): Refusal {
  const message = error instanceof Error ? error.message : "";
  const hostile = HOSTILE_FAULTS.find(([beginning]) => message.startsWith(beginning));
  return hostile === undefined
    ? new Refusal("XML_MALFORMED", `not well-formed near line ${line}`)
    : new Refusal("XML_HOSTILE", `${hostile[1]} near line ${line}`);
}

/** The byte order mark stays: saxes takes one, a second is text before the root. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal("XML_MALFORMED", "not UTF-8");
    throw error;
  }
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
  callbackFailed = false;
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
    this.#call(() => this.#onOpen(element));
  }

  #close(): void {
    const frame = this.#frames.pop();
    this.#top = this.#frames.at(-1);
    if (frame === undefined) return;
    const text = frame.runs === 0 && frame.children ? "" : frame.text;
    this.#call(() => this.#onClose(frame.element, text));
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

  #call(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.callbackFailed = true;
      throw error;
    }
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
