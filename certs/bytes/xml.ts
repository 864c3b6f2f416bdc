import type { Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { XmlFault } from "./xml-fault.ts";
import { type OnClose, type OnOpen, XmlScan } from "./xml-scan.ts";

/** `text` is the element's own character data, verbatim; "" where that is just blanks between child elements. */
export type XmlElement = {
  readonly local: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
};

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
  const scan = new XmlScan(decode(bytes), limits, onOpen, onClose);
  try {
    scan.run();
  } catch (error) {
    throw error instanceof XmlFault ? new Refusal(error.code, `${error.message} near line ${scan.line}`) : error;
  }
}

/** The byte order mark stays: one is skipped, a second is text before the root. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new Refusal("XML_MALFORMED", "not UTF-8");
    throw error;
  }
}
