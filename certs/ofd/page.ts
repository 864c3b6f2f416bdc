import { scanXml } from "../bytes/xml.ts";
import type { OpenElement } from "../bytes/xml-scan.ts";
import type { Limits } from "../limits.ts";
import { type Box, BoxList, EVERYWHERE, parseBox, sameBox, shifted } from "./box.ts";
import { isOfd, readId } from "./markup.ts";
import type { Notes } from "./notes.ts";

/** `area`: PhysicalBox, null when not stated. `templates`: IDs. `resources`: locations as written. */
export type PageFacts = {
  readonly area: Box | "unreadable" | null;
  readonly templates: readonly string[];
  readonly resources: readonly string[];
};

/** `boxes`: of all objects drawn, in page coordinates. */
export type DrawingFacts = PageFacts & { readonly boxes: readonly Box[] };

/** Names that a viewer would follow or draw; in a foreign namespace they are a trap. */
const KNOWN: ReadonlySet<string> = new Set(
  "Page PageAnnot PhysicalBox PageRes Template Content Layer Annot Appearance TextObject PathObject ImageObject CompositeObject".split(
    " ",
  ),
);

class PageScan {
  area: Box | "unreadable" | null = null;
  readonly templates: string[] = [];
  readonly resources: string[] = [];
  readonly #path: string;
  readonly #foreign: Notes;
  #inArea = false;

  constructor(path: string, foreign: Notes) {
    this.#path = path;
    this.#foreign = foreign;
  }

  /** False when the element is none of OFD. */
  open(element: OpenElement): boolean {
    const { local, depth } = element;
    if (!isOfd(element.namespace)) {
      if (KNOWN.has(local)) this.#foreign.add(`${this.#path}: ${local}`);
      return false;
    }
    if (depth === 2) this.#inArea = local === "Area";
    if (local === "Template") this.templates.push(readId(element.attributes.get("TemplateID")));
    return true;
  }

  close({ local, namespace, depth }: OpenElement, text: string): void {
    if (local === "PageRes" && isOfd(namespace)) this.resources.push(text);
    if (local === "PhysicalBox" && depth === 3 && this.#inArea && isOfd(namespace)) this.#setArea(parseBox(text));
  }

  #setArea(box: Box | null): void {
    const first = this.area;
    const agrees = first === null || (box !== null && first !== "unreadable" && sameBox(first, box));
    this.area = box !== null && agrees ? box : "unreadable";
  }
}

/** Where objects are drawn. An object is clipped to its Boundary (GB/T 33190-2016 table 34), so those inside it add nothing. */
class DrawingScan {
  readonly list = new BoxList();
  #objectDepth = Number.POSITIVE_INFINITY;
  #appearanceDepth = Number.POSITIVE_INFINITY;
  #origin: Box | null = null;

  open({ local, attributes, depth }: OpenElement): void {
    if (depth > this.#objectDepth) return;
    this.#objectDepth = Number.POSITIVE_INFINITY;
    if (depth <= this.#appearanceDepth) this.#leaveAppearance();
    const boundary = attributes.get("Boundary");
    if (local === "Appearance") this.#enterAppearance(boundary, depth);
    else if (boundary !== undefined || local.endsWith("Object")) this.#draw(parseBox(boundary), depth);
  }

  #draw(box: Box | null, depth: number): void {
    this.#objectDepth = depth;
    if (box === null) this.list.add(EVERYWHERE);
    else this.list.add(this.#origin === null ? box : shifted(box, this.#origin));
  }

  /** What an annotation draws stands in the coordinates of its Appearance, and nothing clips it to that. */
  #enterAppearance(boundary: string | undefined, depth: number): void {
    this.#appearanceDepth = depth;
    this.#origin = parseBox(boundary);
    if (boundary !== undefined) this.list.add(this.#origin ?? EVERYWHERE);
  }

  #leaveAppearance(): void {
    this.#appearanceDepth = Number.POSITIVE_INFINITY;
    this.#origin = null;
  }
}

/** Scans a page without building its tree. Throws Refusal XML_*. */
export function scanPage(path: string, bytes: Uint8Array, limits: Limits, foreign: Notes): PageFacts {
  const page = new PageScan(path, foreign);
  scanXml(
    bytes,
    limits,
    (element) => page.open(element),
    (element, text) => page.close(element, text),
  );
  return page;
}

/** The same for a template or an annotation file, with what it draws. */
export function scanDrawing(path: string, bytes: Uint8Array, limits: Limits, foreign: Notes): DrawingFacts {
  const page = new PageScan(path, foreign);
  const drawing = new DrawingScan();
  scanXml(
    bytes,
    limits,
    (element) => {
      if (page.open(element)) drawing.open(element);
    },
    (element, text) => page.close(element, text),
  );
  return { area: page.area, templates: page.templates, resources: page.resources, boxes: drawing.list.boxes };
}
