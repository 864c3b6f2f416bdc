import { directoryOf } from "./location.ts";
import { type Markup, readId } from "./markup.ts";
import { type OfdAnnotations, step, type Walk } from "./walk.ts";

export type AnnotationsByPage = ReadonlyMap<string, readonly OfdAnnotations[]>;

/** Follows Annotations.xml to the annotation file of each page (GB/T 33190-2016 clause 15). By page ID. */
export function walkAnnotations(walk: Walk, document: Markup, via: string): AnnotationsByPage {
  const found = new Map<string, OfdAnnotations[]>();
  const lists = new Set<string>();
  for (const location of document.all(document.root, "Annotations")) {
    const path = walk.reach.follow(directoryOf(document.path), location.text, `${via} → Annotations`);
    if (path === null || lists.has(path)) continue;
    lists.add(path);
    walkList(walk, walk.reading.markup(path), via, found);
  }
  return found;
}

function walkList(walk: Walk, list: Markup, via: string, found: Map<string, OfdAnnotations[]>): void {
  for (const row of list.all(list.root, "Page")) {
    const page = readId(row.attributes.get("PageID"));
    for (const location of list.all(row, "FileLoc")) {
      const path = walk.reach.follow(directoryOf(list.path), location.text, `${step(via, "page", page)} → annotations`);
      if (path === null) continue;
      const onPage = found.get(page) ?? [];
      onPage.push({ path, list: list.path, boxes: walk.reading.drawing(path).boxes });
      found.set(page, onPage);
    }
  }
}
