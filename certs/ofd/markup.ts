import type { XmlElement } from "../bytes/xml.ts";
import { trimXml } from "./location.ts";
import type { Notes } from "./notes.ts";

/** Both are common in real files; elements are matched by local name within these two. */
const NAMESPACES: ReadonlySet<string> = new Set(["http://www.ofdspec.org/2016", "http://www.ofdspec.org"]);

export const isOfd = (namespace: string): boolean => NAMESPACES.has(namespace);

const CANONICAL = /^(?:0|[1-9]\d{0,39})$/;
const PLAIN_NUMBER = /^\+?\d{1,40}$/;

/** An ST_ID or ST_RefID as viewers compare it: `01` and `+1` are `1`. Other forms stay as they are. */
export function readId(text: string | undefined): string {
  const id = trimXml(text ?? "");
  if (CANONICAL.test(id)) return id;
  return PLAIN_NUMBER.test(id) ? BigInt(id.replace("+", "")).toString() : id;
}

/** One XML file of the package. Lookups see elements of the OFD namespaces only; others of the same name are noted as foreign. */
export class Markup {
  readonly path: string;
  readonly root: XmlElement;
  readonly #foreign: Notes;

  constructor(path: string, root: XmlElement, foreign: Notes) {
    this.path = path;
    this.root = root;
    this.#foreign = foreign;
  }

  /** Whether the root element is the one that this kind of file has. */
  isA(local: string): boolean {
    return this.root.local === local && this.#accepts(this.root);
  }

  all(parent: XmlElement, local: string): XmlElement[] {
    return parent.children.filter((child) => child.local === local && this.#accepts(child));
  }

  first(parent: XmlElement, local: string): XmlElement | null {
    return this.all(parent, local)[0] ?? null;
  }

  /** The trimmed text of the only child of that name; null when there is none, more than one, or one with elements inside. */
  text(parent: XmlElement, local: string): string | null {
    const [child, ...others] = this.all(parent, local);
    if (child === undefined || others.length > 0 || child.children.length > 0) return null;
    return trimXml(child.text);
  }

  #accepts(element: XmlElement): boolean {
    if (isOfd(element.namespace)) return true;
    this.#foreign.add(`${this.path}: ${element.local}`);
    return false;
  }
}
