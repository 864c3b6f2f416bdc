import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { UNIT, beginsName, isAllowed, isPlain, isSpace, nameEnd, referencedCharacter } from "./xml-characters.ts";
import { hostile, malformed } from "./xml-fault.ts";
import { Namespaces } from "./xml-namespaces.ts";

/** An opened element. `attributes` holds those without a prefix, namespace declarations left out; `depth` of the root is 1. */
export type OpenElement = {
  readonly local: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly depth: number;
};

export type OnOpen = (element: OpenElement) => void;
export type OnClose = (element: OpenElement, text: string) => void;

const XINCLUDE = "http://www.w3.org/2001/XInclude";
/** Far beyond the twenty or so of the richest OFD element. */
const MAX_ATTRIBUTES = 256;
const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** The XML declaration (production 23), with the white space that it allows. */
const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"(1\.\d+)"|'(1\.\d+)')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([A-Za-z][\w.-]*)"|'([A-Za-z][\w.-]*)'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/y;
const DECLARES = /<\?xml[ \t\r\n?]/y;

/** An element that is open. `nameAt` and `nameEnd`: where its name stands; `scope`: the namespaces to go back to. */
type Frame = {
  readonly element: OpenElement;
  readonly nameAt: number;
  readonly nameEnd: number;
  readonly scope: Namespaces["scope"];
  text: string;
  runs: number;
  children: boolean;
  comment: boolean;
};

/**
 * One walk over the text of an XML file, from its first character to its last. Nothing is looked at twice but what an error's line number
 * needs, and no state outlives the walk. Grammar: XML 1.0 (fifth edition) and Namespaces in XML 1.0, less what `scanXml` refuses.
 */
export class XmlScan {
  readonly #text: string;
  readonly #limits: Limits;
  readonly #onOpen: OnOpen;
  readonly #onClose: OnClose;
  readonly #namespaces = new Namespaces();
  readonly #frames: Frame[] = [];
  #top: Frame | undefined;
  #at = 0;
  #count = 0;
  // Of the tag that is being read:
  #attributes: Map<string, string> | null = null;
  #attributeCount = 0;
  #prefixed: [prefix: string, local: string][] | null = null;
  #repeated = false;

  constructor(text: string, limits: Limits, onOpen: OnOpen, onClose: OnClose) {
    this.#text = text;
    this.#limits = limits;
    this.#onOpen = onOpen;
    this.#onClose = onClose;
  }

  /** Counted from 1, for an error. */
  get line(): number {
    return this.#text.slice(0, this.#at).split(/\r\n?|\n/).length;
  }

  run(): void {
    const text = this.#text;
    if (text.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#declaration();
    while (this.#at < text.length)
      if (text.charCodeAt(this.#at) === UNIT.less) this.#markup();
      else if (this.#top === undefined) this.#outside();
      else this.#characters(this.#top);
    if (this.#top !== undefined || this.#count === 0) throw malformed("no root element, or an open one");
  }

  #declaration(): void {
    DECLARES.lastIndex = this.#at;
    if (!DECLARES.test(this.#text)) return;
    DECLARATION.lastIndex = this.#at;
    const found = DECLARATION.exec(this.#text);
    if (found === null) throw malformed("an XML declaration");
    this.#at += found[0].length;
    if ((found[1] ?? found[2]) !== "1.0") throw hostile("a version other than XML 1.0");
    const encoding = (found[3] ?? found[4])?.toLowerCase() ?? "utf-8";
    if (encoding !== "utf-8" && encoding !== "utf8") throw hostile("an encoding other than UTF-8");
  }

  #markup(): void {
    const text = this.#text;
    switch (text.charCodeAt(this.#at + 1)) {
      case UNIT.solidus:
        return this.#closeTag();
      case UNIT.exclamation:
        if (text.startsWith("--", this.#at + 2)) return this.#comment();
        if (text.startsWith("[CDATA[", this.#at + 2)) return this.#cdata();
        if (text.startsWith("DOCTYPE", this.#at + 2)) return this.#doctype();
        throw malformed("an unknown declaration");
      case UNIT.question:
        DECLARES.lastIndex = this.#at;
        if (DECLARES.test(text)) throw malformed("an XML declaration that is not at the beginning");
        throw hostile("a processing instruction");
      default:
        return this.#openTag();
    }
  }

  #doctype(): void {
    if (this.#count === 0 && !this.#text.includes(">", this.#at)) throw malformed("an open DOCTYPE");
    throw hostile("a DOCTYPE");
  }

  /** White space, and nothing else, may stand around the root element. */
  #outside(): void {
    const unit = this.#text.charCodeAt(this.#at);
    if (!isAllowed(unit)) throw malformed("a forbidden character");
    if (!isSpace(unit)) throw hostile("text outside the root element");
    this.#at++;
  }

  /** Character data up to the next markup is one piece, references expanded. */
  #characters(frame: Frame): void {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    let blank = true;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (isPlain(unit)) {
        blank = false;
        continue;
      }
      if (unit === UNIT.less) break;
      if (unit === UNIT.space || unit === UNIT.lineFeed || unit === UNIT.tab) continue;
      return this.#expandedCharacters(frame, at);
    }
    this.#at = at;
    addText(frame, text.slice(start, at), blank);
  }

  /** The same from `from` on where something must be looked at: a reference, a carriage return, `>`, or what may not stand there. */
  #expandedCharacters(frame: Frame, from: number): void {
    const text = this.#text;
    const end = text.indexOf("<", from);
    const stop = end < 0 ? text.length : end;
    const parts: string[] = [];
    let start = this.#at;
    for (let at = from; at < stop; at++) {
      const unit = text.charCodeAt(at);
      if (unit === UNIT.greater && at >= start + 2 && text.startsWith("]]", at - 2)) throw malformed("]]> in text");
      if (!isAllowed(unit)) throw malformed("a forbidden character");
      if (unit !== UNIT.ampersand) continue;
      parts.push(withLineFeeds(text.slice(start, at)), this.#reference(at));
      at = text.indexOf(";", at);
      start = at + 1;
    }
    const piece = parts.join("") + withLineFeeds(text.slice(start, stop));
    this.#at = stop;
    addText(frame, piece, isBlank(piece));
  }

  /** What the reference whose `&` stands at `at` stands for. */
  #reference(at: number): string {
    const end = this.#text.indexOf(";", at);
    if (end < 0) throw malformed("an open reference");
    const name = this.#text.slice(at + 1, end);
    const found = name.startsWith("#") ? referencedCharacter(name) : ENTITIES.get(name);
    if (found !== undefined && found !== null) return found;
    if (name !== "" && nameEnd(name, 0) === name.length) throw hostile("an entity of its own");
    throw malformed("a reference to nothing");
  }

  #comment(): void {
    const start = this.#at + 4;
    const end = this.#text.indexOf("--", start);
    if (end < 0) throw malformed("an open comment");
    this.#checkAllowed(start, end);
    const frame = this.#top;
    if (frame !== undefined && frame.runs > 0) throw hostile("a comment inside a value");
    if (this.#text.charCodeAt(end + 2) !== UNIT.greater) throw malformed("-- in a comment");
    if (frame !== undefined) frame.comment = true;
    this.#at = end + 3;
  }

  #cdata(): void {
    const start = this.#at + 9;
    if (this.#top === undefined) throw hostile("text outside the root element");
    const end = this.#text.indexOf("]]>", start);
    if (end < 0) throw malformed("an open CDATA section");
    this.#checkAllowed(start, end);
    addText(this.#top, withLineFeeds(this.#text.slice(start, end)), false);
    this.#at = end + 3;
  }

  #checkAllowed(start: number, end: number): void {
    for (let at = start; at < end; at++)
      if (!isAllowed(this.#text.charCodeAt(at))) throw malformed("a forbidden character");
  }

  #openTag(): void {
    const text = this.#text;
    const nameAt = this.#at + 1;
    const end = nameEnd(text, nameAt);
    if (end === nameAt) throw malformed("not a name after <");
    if (this.#top === undefined && this.#count > 0) throw hostile("a second root element");
    const scope = this.#namespaces.scope;
    this.#attributes = null;
    this.#attributeCount = 0;
    this.#prefixed = null;
    this.#repeated = false;
    this.#at = end;
    const alone = this.#tagRest(scope);
    this.#open(nameAt, end, scope);
    if (alone) this.#close();
  }

  /** The attributes and the end of an opening tag; whether it closes its element as well. */
  #tagRest(scope: Namespaces["scope"]): boolean {
    const text = this.#text;
    for (;;) {
      const before = this.#at;
      const at = this.#skipSpaces(before);
      const unit = text.charCodeAt(at);
      if (unit === UNIT.greater) {
        this.#at = at + 1;
        return false;
      }
      if (unit === UNIT.solidus) {
        if (text.charCodeAt(at + 1) !== UNIT.greater) throw malformed("/ in a tag");
        this.#at = at + 2;
        return true;
      }
      if (at === before) throw malformed("no blank before an attribute");
      this.#attribute(at, scope);
    }
  }

  #attribute(nameAt: number, scope: Namespaces["scope"]): void {
    const text = this.#text;
    const end = nameEnd(text, nameAt);
    if (end === nameAt) throw malformed("not an attribute's name");
    const equals = this.#skipSpaces(end);
    if (text.charCodeAt(equals) !== UNIT.equals) throw malformed("an attribute without value");
    const quoteAt = this.#skipSpaces(equals + 1);
    const quote = text.charCodeAt(quoteAt);
    if (quote !== UNIT.doubleQuote && quote !== UNIT.quote) throw malformed("an attribute without quotes");
    const value = this.#attributeValue(quoteAt + 1, quote);
    if (++this.#attributeCount > MAX_ATTRIBUTES)
      throw new Refusal("XML_LIMIT", `more than ${MAX_ATTRIBUTES} attributes in one element`);
    const colon = this.#colon(nameAt, end);
    const prefix = this.#prefixOf(nameAt, colon);
    const local = this.#localOf(nameAt, colon, end);
    if (prefix !== "") this.#notePrefixed(prefix, local, value, scope);
    else if (local === "xmlns") this.#notePrefixed("xmlns", "", value, scope);
    else this.#notePlain(local, value);
  }

  #notePlain(local: string, value: string): void {
    const attributes = (this.#attributes ??= new Map());
    if (attributes.has(local)) this.#repeated = true;
    attributes.set(local, value);
  }

  #notePrefixed(prefix: string, local: string, value: string, scope: Namespaces["scope"]): void {
    const prefixed = (this.#prefixed ??= []);
    if (prefix === "xmlns") this.#namespaces.declare(local, value, scope);
    prefixed.push([prefix, local]);
  }

  /** A value with its white space made blanks (3.3.3) and its references expanded; leaves `#at` behind the quote. */
  #attributeValue(start: number, quote: number): string {
    const text = this.#text;
    let at = start;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === quote) break;
      if (isPlain(unit) || unit === UNIT.space || unit === UNIT.greater) continue;
      return this.#expandedValue(start, at, quote);
    }
    if (at === text.length) throw malformed("an open attribute");
    this.#at = at + 1;
    return text.slice(start, at);
  }

  #expandedValue(begin: number, from: number, quote: number): string {
    const text = this.#text;
    const parts: string[] = [];
    let start = begin;
    for (let at = from; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === quote) {
        this.#at = at + 1;
        return parts.join("") + withBlanks(text.slice(start, at));
      }
      if (unit === UNIT.less) throw malformed("< in an attribute");
      if (!isAllowed(unit)) throw malformed("a forbidden character");
      if (unit !== UNIT.ampersand) continue;
      parts.push(withBlanks(text.slice(start, at)), this.#reference(at));
      at = text.indexOf(";", at);
      start = at + 1;
    }
    throw malformed("an open attribute");
  }

  #open(nameAt: number, end: number, scope: Namespaces["scope"]): void {
    const colon = this.#colon(nameAt, end);
    const namespace = this.#namespaces.ofElement(this.#prefixOf(nameAt, colon));
    const local = this.#localOf(nameAt, colon, end);
    this.#checkRepeated();
    const depth = this.#frames.length + 1;
    if (depth > this.#limits.maxXmlDepth) throw new Refusal("XML_LIMIT", `deeper than ${this.#limits.maxXmlDepth}`);
    if (++this.#count > this.#limits.maxXmlElements)
      throw new Refusal("XML_LIMIT", `more than ${this.#limits.maxXmlElements} elements`);
    if (namespace === XINCLUDE) throw hostile("XInclude");
    if (this.#top !== undefined) this.#top.children = true;
    const element = { local, namespace, attributes: this.#attributes ?? NO_ATTRIBUTES, depth };
    this.#top = { element, nameAt, nameEnd: end, scope, text: "", runs: 0, children: false, comment: false };
    this.#frames.push(this.#top);
    this.#onOpen(element);
  }

  /** Two prefixes may stand for one namespace: names are compared when all declarations of the tag are known. */
  #checkRepeated(): void {
    const expanded = this.#prefixed?.map(([prefix, local]) => this.#namespaces.expanded(prefix, local));
    if (this.#repeated || (expanded !== undefined && new Set(expanded).size < expanded.length))
      throw hostile("an attribute given twice");
  }

  /** "" for a name without a colon. */
  #prefixOf(nameAt: number, colon: number): string {
    return colon < 0 ? "" : this.#text.slice(nameAt, colon);
  }

  #localOf(nameAt: number, colon: number, end: number): string {
    if (colon < 0) return this.#text.slice(nameAt, end);
    const local = this.#text.slice(colon + 1, end);
    if (colon === nameAt || local === "" || local.includes(":")) throw malformed("a name with a colon too many");
    if (!beginsName(local)) throw malformed("not a name after a prefix");
    return local;
  }

  #colon(nameAt: number, end: number): number {
    for (let at = nameAt; at < end; at++) if (this.#text.charCodeAt(at) === UNIT.colon) return at;
    return -1;
  }

  #skipSpaces(start: number): number {
    let at = start;
    while (isSpace(this.#text.charCodeAt(at))) at++;
    return at;
  }

  #closeTag(): void {
    const frame = this.#top;
    if (frame === undefined) throw malformed("a closing tag alone");
    const text = this.#text;
    const start = this.#at + 2;
    const length = frame.nameEnd - frame.nameAt;
    for (let i = 0; i < length; i++)
      if (text.charCodeAt(start + i) !== text.charCodeAt(frame.nameAt + i)) throw malformed("a closing tag of another");
    const end = this.#skipSpaces(start + length);
    if (text.charCodeAt(end) !== UNIT.greater) throw malformed("a closing tag of another");
    this.#at = end + 1;
    this.#close();
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.#top = this.#frames.at(-1);
    this.#namespaces.leave(frame.scope);
    this.#onClose(frame.element, frame.runs === 0 && frame.children ? "" : frame.text);
  }
}

function addText(frame: Frame, text: string, blank: boolean): void {
  if (!blank) {
    if (++frame.runs > 1) throw hostile("a value in several pieces");
    if (frame.comment) throw hostile("a comment inside a value");
  }
  if (!blank || frame.runs > 0 || !frame.children) frame.text += text;
}

const withLineFeeds = (text: string): string => text.replaceAll(/\r\n?/g, "\n");
const withBlanks = (text: string): string => text.replaceAll(/\r\n|[\r\n\t]/g, " ");

function isBlank(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isSpace(text.charCodeAt(at))) return false;
  return true;
}
