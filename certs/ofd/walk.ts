import { type Box, sameBox } from "./box.ts";
import { shown } from "./notes.ts";
import type { Reach } from "./reach.ts";
import type { Reading } from "./reading.ts";

/** `box` is null when it is not stated or stated twice differently. `templates`: paths. `list`: the Annotations.xml that names the file. */
export type OfdPage = {
  readonly id: string;
  readonly path: string;
  readonly box: Box | null;
  readonly templates: readonly string[];
  readonly annotations: readonly OfdAnnotations[];
};
export type OfdAnnotations = { readonly path: string; readonly list: string; readonly boxes: readonly Box[] };

type Kind = "document" | "version" | "resources" | "template" | "Attachments" | "CustomTags" | "Extensions";

/** One body's way through the files that it shows; each file is entered once per kind. */
export class Walk {
  readonly reading: Reading;
  readonly reach: Reach;
  /** Pages of the documents that are shown, by ID. */
  readonly pages = new Map<string, OfdPage>();
  readonly templateBoxes = new Map<string, readonly Box[]>();
  readonly #entered = new Set<string>();

  constructor(reading: Reading, reach: Reach) {
    this.reading = reading;
    this.reach = reach;
  }

  /** False when the file was already entered as that kind. */
  enter(kind: Kind, path: string): boolean {
    const key = `${kind} ${path}`;
    if (this.#entered.has(key)) return false;
    this.#entered.add(key);
    return true;
  }

  /** Two pages of one ID: nobody can say which one a stamp means, so what is drawn on either counts. */
  addPage(page: OfdPage): void {
    const other = this.pages.get(page.id);
    this.pages.set(page.id, other === undefined ? page : merged(other, page));
  }
}

function merged(first: OfdPage, second: OfdPage): OfdPage {
  const agree = first.box !== null && second.box !== null && sameBox(first.box, second.box);
  return {
    ...first,
    box: agree ? first.box : null,
    templates: [...new Set([...first.templates, ...second.templates])],
    annotations: [...first.annotations, ...second.annotations],
  };
}

export const step = (via: string, name: string, id: string | undefined): string =>
  id === undefined ? `${via} → ${name}` : `${via} → ${name} ${shown(id)}`;
