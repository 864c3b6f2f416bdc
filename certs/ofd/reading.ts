import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import type { Entries } from "./entries.ts";
import type { EntryContent } from "./entry-content.ts";
import { Markup } from "./markup.ts";
import { Notes, shown } from "./notes.ts";
import type { OfdSignature } from "./signature.ts";
import { type DrawingFacts, type PageFacts, scanDrawing, scanPage } from "./page.ts";

/** From one file to another, of all documents together: twenty for each entry that a package may have. */
const MOST_REFERENCES = 400_000;

/** The state of one reading of a package: every XML file is parsed once, however often it is referenced. */
export class Reading {
  readonly entries: Entries;
  readonly limits: Limits;
  readonly foreign = new Notes();
  /** By the path of Signature.xml, however often it is listed. */
  readonly signatures = new Map<string, OfdSignature>();
  readonly #markup = new Map<string, Markup>();
  readonly #pages = new Map<string, PageFacts>();
  readonly #drawings = new Map<string, DrawingFacts>();
  #pageCount = 0;
  #signatureCount = 0;
  #referenceCount = 0;
  #treeBytes = 0;

  constructor(entries: Entries, limits: Limits) {
    this.entries = entries;
    this.limits = limits;
  }

  /** The tree of an XML entry. Throws Refusal XML_*. */
  markup(path: string): Markup {
    const known = this.#markup.get(path);
    if (known !== undefined) return known;
    this.#countTree(path);
    const root = this.#parse(path, (content) => content.tree(this.limits));
    const markup = new Markup(path, root, this.foreign);
    this.#markup.set(path, markup);
    return markup;
  }

  /** What a page refers to. Throws Refusal XML_*. */
  page(path: string): PageFacts {
    const known = this.#pages.get(path) ?? this.#drawings.get(path);
    if (known !== undefined) return known;
    const facts = this.#parse(path, ({ bytes }) => scanPage(path, bytes, this.limits, this.foreign));
    this.#pages.set(path, facts);
    return facts;
  }

  /** What a template or annotation file refers to and where it draws. Throws Refusal XML_*. */
  drawing(path: string): DrawingFacts {
    const known = this.#drawings.get(path);
    if (known !== undefined) return known;
    const facts = this.#parse(path, ({ bytes }) => scanDrawing(path, bytes, this.limits, this.foreign));
    this.#drawings.set(path, facts);
    return facts;
  }

  #parse<T>(path: string, parse: (content: EntryContent) => T): T {
    try {
      return parse(this.entries.content(path));
    } catch (error) {
      throw error instanceof Refusal ? new Refusal(error.code, `${shown(path)}: ${error.detail}`) : error;
    }
  }

  /** Trees stay in memory, at twenty times their size and more: the bound on one file holds for all of them together. */
  #countTree(path: string): void {
    this.#treeBytes += this.entries.sizes.get(path) ?? 0;
    if (this.#treeBytes > this.limits.maxXmlBytes)
      throw new Refusal("XML_LIMIT", `${shown(path)}: more than ${this.limits.maxXmlBytes} bytes of markup in all`);
  }

  countPages(pages: number): void {
    this.#pageCount += pages;
    if (this.#pageCount > this.limits.maxPages)
      throw new Refusal("OFD_LIMIT", `more than ${this.limits.maxPages} pages`);
  }

  countReferences(references: number): void {
    this.#referenceCount += references;
    if (this.#referenceCount > MOST_REFERENCES)
      throw new Refusal("OFD_LIMIT", `more than ${MOST_REFERENCES} references`);
  }

  countSignatures(signatures: number): void {
    this.#signatureCount += signatures;
    if (this.#signatureCount > this.limits.maxSignatures)
      throw new Refusal("OFD_LIMIT", `more than ${this.limits.maxSignatures} signatures`);
  }
}

export const structure = (detail: string): Refusal => new Refusal("OFD_STRUCTURE", detail);
