import type { XmlElement } from "../bytes/xml.ts";
import { walkAnnotations, type AnnotationsByPage } from "./annotations.ts";
import { type Box, parseBox } from "./box.ts";
import { directoryOf } from "./location.ts";
import { type Markup, readId } from "./markup.ts";
import { shown } from "./notes.ts";
import { structure } from "./reading.ts";
import { walkResources } from "./resources.ts";
import { step, type Walk } from "./walk.ts";

/** Whether the walked document is the one on display or an earlier version of it that a viewer can turn to. */
export type Display = "shown" | "earlier";
type Templates = ReadonlyMap<string, string>;
/** `templates`: ID to path. `area` is that of CommonData. */
type DocumentFacts = {
  readonly file: Markup;
  readonly directory: string;
  readonly via: string;
  readonly area: Box | null;
  readonly templates: Templates;
  readonly annotations: AnnotationsByPage;
};

/**
 * Walks Document.xml (GB/T 33190-2016 7.5) to everything that it reaches. `path` is an entry. Throws Refusal when it is
 * no document with pages.
 */
export function walkDocument(walk: Walk, path: string, via: string, display: Display): void {
  if (!walk.enter("document", path)) return;
  const file = walk.reading.markup(path);
  if (!file.isA("Document")) throw structure(`${path} is no Document`);
  const directory = directoryOf(path);
  const common = atMostOne(file, "CommonData");
  const definitions = common === null ? [] : file.all(common, "TemplatePage");
  walkPublicFiles(walk, file, common, directory, via);
  const facts = {
    file,
    directory,
    via,
    area: common === null ? null : areaOf(file, common),
    templates: templatePaths(definitions, directory, walk),
    annotations: walkAnnotations(walk, file, via),
  };
  for (const page of pagesOf(file, walk)) walkPage(walk, facts, page, display);
  for (const definition of definitions) walkTemplate(walk, facts, definition);
  walkSideFiles(walk, file, directory, via);
}

function atMostOne(file: Markup, local: string): XmlElement | null {
  const [first, ...others] = file.all(file.root, local);
  if (others.length > 0) throw structure(`${file.path} has more than one ${local}`);
  return first ?? null;
}

function walkPublicFiles(walk: Walk, file: Markup, common: XmlElement | null, directory: string, via: string): void {
  if (common === null) return;
  for (const kind of ["PublicRes", "DocumentRes"])
    for (const location of file.all(common, kind))
      walkResources(walk, directory, location.text, step(via, kind, undefined));
}

function areaOf(file: Markup, common: XmlElement): Box | null {
  const [area, ...others] = file.all(common, "PageArea");
  const box = area === undefined || others.length > 0 ? null : file.text(area, "PhysicalBox");
  return box === null ? null : parseBox(box);
}

/** Pages with their IDs all different, as GB/T 33190-2016 table 11 demands: a stamp names its page by ID. */
function pagesOf(file: Markup, walk: Walk): readonly XmlElement[] {
  const list = atMostOne(file, "Pages");
  const pages = list === null ? [] : file.all(list, "Page");
  if (pages.length === 0) throw structure(`${file.path} has no pages`);
  walk.reading.countPages(pages.length);
  const ids = new Set(pages.map((page) => readId(page.attributes.get("ID"))));
  if (ids.size < pages.length || ids.has("")) throw structure(`${file.path}: pages without an ID of their own`);
  return pages;
}

function templatePaths(definitions: readonly XmlElement[], directory: string, walk: Walk): Templates {
  const paths = new Map<string, string>();
  for (const definition of definitions) {
    const id = readId(definition.attributes.get("ID"));
    const path = walk.reach.locate(directory, definition.attributes.get("BaseLoc") ?? "");
    if (path === null) continue;
    if ((paths.get(id) ?? path) !== path) throw structure(`two templates of ID ${shown(id)}`);
    paths.set(id, path);
  }
  return paths;
}

function walkPage(walk: Walk, facts: DocumentFacts, page: XmlElement, display: Display): void {
  const id = readId(page.attributes.get("ID"));
  const location = page.attributes.get("BaseLoc");
  if (location === undefined) throw structure(`${facts.file.path}: a page without BaseLoc`);
  const via = step(facts.via, "page", id);
  const path = walk.reach.follow(facts.directory, location, via);
  const content = path === null ? null : walkContent(walk, facts, path, via);
  if (display === "earlier") return;
  walk.addPage({
    id,
    path: path ?? shown(location),
    box: firstArea(content?.areas ?? [], facts.area),
    templates: content?.templates ?? [],
    annotations: facts.annotations.get(id) ?? [],
  });
}

type Areas = readonly (Box | "unreadable" | null)[];

function walkContent(
  walk: Walk,
  facts: DocumentFacts,
  path: string,
  via: string,
): { areas: Areas; templates: string[] } {
  const content = walk.reading.page(path);
  walk.reach.count(content.templates.length);
  for (const location of content.resources) walkResources(walk, directoryOf(path), location, `${via} → PageRes`);
  const used = new Map<string, string>();
  for (const id of content.templates) {
    const template = facts.templates.get(id);
    if (template !== undefined) used.set(template, id);
  }
  for (const [template, id] of used) enterTemplate(walk, template, step(via, "template", id));
  const templates = [...used.keys()];
  return { areas: [content.area, ...templates.map((template) => walk.reading.drawing(template).area)], templates };
}

/** The page's area counts, then its templates', then the document's (GB/T 33190-2016 table 12). */
function firstArea(areas: Areas, inherited: Box | null): Box | null {
  const stated = areas.find((area) => area !== null) ?? inherited;
  return stated === "unreadable" ? null : stated;
}

/** A template that no page uses is reached all the same: the document names it. */
function walkTemplate(walk: Walk, facts: DocumentFacts, definition: XmlElement): void {
  const via = step(facts.via, "template", definition.attributes.get("ID"));
  const path = walk.reach.follow(facts.directory, definition.attributes.get("BaseLoc") ?? "", via);
  if (path !== null) enterTemplate(walk, path, via);
}

/** Templates in a template have no effect (GB/T 33190-2016 table 12). */
function enterTemplate(walk: Walk, path: string, via: string): void {
  if (!walk.enter("template", path)) return;
  walk.reach.follow("/", path, via);
  const content = walk.reading.drawing(path);
  walk.templateBoxes.set(path, content.boxes);
  for (const resources of content.resources) walkResources(walk, directoryOf(path), resources, `${via} → PageRes`);
}

type SideList = "Attachments" | "CustomTags" | "Extensions";
type SideFile = {
  readonly list: SideList;
  readonly row: string;
  readonly files: readonly string[];
  readonly name: string;
};

/** GB/T 33190-2016 clauses 16 (custom tags), 17 (extensions), 20 (attachments). What these lists name is not parsed. */
const SIDE_FILES: readonly SideFile[] = [
  { list: "Attachments", row: "Attachment", files: ["FileLoc"], name: "attachment" },
  { list: "CustomTags", row: "CustomTag", files: ["SchemaLoc", "FileLoc"], name: "custom tag" },
  { list: "Extensions", row: "Extension", files: ["ExtendData"], name: "extension" },
];

function walkSideFiles(walk: Walk, file: Markup, directory: string, via: string): void {
  for (const side of SIDE_FILES)
    for (const location of file.all(file.root, side.list)) {
      const path = walk.reach.follow(directory, location.text, `${via} → ${side.list}`);
      if (path !== null && walk.enter(side.list, path)) walkSideFile(walk, side, walk.reading.markup(path), via);
    }
}

function walkSideFile(walk: Walk, side: SideFile, list: Markup, via: string): void {
  for (const row of list.all(list.root, side.row)) {
    const id = row.attributes.get("ID") ?? row.attributes.get("TypeID");
    for (const local of side.files)
      for (const location of list.all(row, local))
        walk.reach.follow(directoryOf(list.path), location.text, step(via, side.name, id));
  }
}
