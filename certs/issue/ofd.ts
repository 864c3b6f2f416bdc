/** A package before it is zipped: entry names without a leading slash. */
export type Entries = ReadonlyMap<string, Uint8Array>;
/** Millimetres from the upper left corner of the page. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** `pages`: the lines of text of each page. `metadata`: names of GB/T 36903 (pinyin initials) and their values. */
export type OfdContent = {
  readonly title: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly pages: readonly (readonly string[])[];
  readonly pageBox?: Box;
  /** YYYY-MM-DD. */
  readonly createdOn?: string;
  readonly documentId?: string;
  /** Lines of one background page that lies under every page. */
  readonly template?: readonly string[];
  readonly attachments?: readonly { readonly name: string; readonly format?: string; readonly bytes: Uint8Array }[];
  /** `page` counts from 0. */
  readonly annotations?: readonly { readonly page: number; readonly box: Box; readonly text: string }[];
  /** Font files that the package carries, beside the SimSun that it only names. */
  readonly fonts?: readonly { readonly name: string; readonly file: string; readonly bytes: Uint8Array }[];
};

export const OFD_NAMESPACE = "http://www.ofdspec.org/2016";
const A4: Box = [0, 0, 210, 297];
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const FIRST_FONT = 9001;
const TEMPLATE = 9501;

/** The ID of the page that counts as `index` from 0; a StampAnnot names it in PageRef. */
export const pageId = (index: number): number => index + 1;

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element of the OFD namespace. `content` is markup, or text that went through escapeXml. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  let open = `ofd:${name}`;
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) open += ` ${key}="${escapeXml(String(value))}"`;
  const inside = content.join("");
  return inside === "" ? `<${open}/>` : `<${open}>${inside}</ofd:${name}>`;
}

/** A whole XML file with `name` as its root element. */
export const xmlFile = (name: string, attributes: Attributes, ...content: readonly string[]): Buffer =>
  Buffer.from(DECLARATION + element(name, { "xmlns:ofd": OFD_NAMESPACE, ...attributes }, ...content), "utf8");

/** A small OFD document of one DocBody in Doc_0. Source: GB/T 33190-2016, clauses 7 to 9 and 11. */
export function writeOfd(content: OfdContent): Entries {
  const entries = new Map<string, Uint8Array>([
    ["OFD.xml", rootFile(content)],
    ["Doc_0/Document.xml", documentFile(content)],
    ["Doc_0/PublicRes.xml", resourceFile(content)],
  ]);
  for (const [n, lines] of content.pages.entries())
    entries.set(`Doc_0/Pages/Page_${n}/Content.xml`, pageFile(content, lines, 100_000 * (n + 1)));
  if (content.template !== undefined)
    entries.set("Doc_0/Tpls/Tpl_0/Content.xml", templateFile(content, content.template));
  for (const font of content.fonts ?? []) entries.set(`Doc_0/Res/${font.file}`, font.bytes);
  addAnnotations(entries, content);
  addAttachments(entries, content);
  return entries;
}

function rootFile(content: OfdContent): Buffer {
  const fields = Object.entries(content.metadata ?? {}).map(([Name, value]) =>
    element("CustomData", { Name }, escapeXml(value)),
  );
  const facts = element(
    "DocInfo",
    {},
    element("DocID", {}, content.documentId ?? "0".repeat(32)),
    element("Title", {}, escapeXml(content.title)),
    element("CreationDate", {}, content.createdOn ?? "2026-01-01"),
    fields.length === 0 ? "" : element("CustomDatas", {}, ...fields),
  );
  const body = element("DocBody", {}, facts, element("DocRoot", {}, "Doc_0/Document.xml"));
  return xmlFile("OFD", { Version: "1.1", DocType: "OFD" }, body);
}

function documentFile(content: OfdContent): Buffer {
  const common = element(
    "CommonData",
    {},
    element("MaxUnitID", {}, "10000000"),
    element("PageArea", {}, physicalBox(content)),
    element("PublicRes", {}, "PublicRes.xml"),
    content.template === undefined ? "" : element("TemplatePage", { ID: TEMPLATE, BaseLoc: "Tpls/Tpl_0/Content.xml" }),
  );
  const pages = content.pages.map((_, n) => element("Page", { ID: pageId(n), BaseLoc: `Pages/Page_${n}/Content.xml` }));
  return xmlFile(
    "Document",
    {},
    common,
    element("Pages", {}, ...pages),
    content.annotations === undefined ? "" : element("Annotations", {}, "Annotations.xml"),
    content.attachments === undefined ? "" : element("Attachments", {}, "Attachs/Attachments.xml"),
  );
}

function resourceFile(content: OfdContent): Buffer {
  const fonts = [
    element("Font", { ID: FIRST_FONT, FontName: "SimSun", FamilyName: "SimSun" }),
    ...(content.fonts ?? []).map((font, n) =>
      element("Font", { ID: FIRST_FONT + 1 + n, FontName: font.name }, element("FontFile", {}, escapeXml(font.file))),
    ),
  ];
  return xmlFile("Res", { BaseLoc: "Res" }, element("Fonts", {}, ...fonts));
}

function pageFile(content: OfdContent, lines: readonly string[], firstId: number): Buffer {
  return xmlFile(
    "Page",
    {},
    content.template === undefined ? "" : element("Template", { TemplateID: TEMPLATE, ZOrder: "Background" }),
    element("Area", {}, physicalBox(content)),
    element("Content", {}, layer(lines, firstId)),
  );
}

function templateFile(content: OfdContent, lines: readonly string[]): Buffer {
  return xmlFile("Page", {}, element("Area", {}, physicalBox(content)), element("Content", {}, layer(lines, 50_000)));
}

/** One line of text every 11 mm, in type of 5 mm; what does not fit the page runs out of it. */
function layer(lines: readonly string[], firstId: number): string {
  const objects = lines.map((line, n) => textObject(line, firstId + 1 + n, [25, 30 + n * 11, 165, 9]));
  return element("Layer", { ID: firstId }, ...objects);
}

function textObject(text: string, id: number, box: Box): string {
  const gaps = [...text].length - 1;
  const code = element("TextCode", { X: 0, Y: 6, DeltaX: gaps > 0 ? `g ${gaps} 5` : undefined }, escapeXml(text));
  return element("TextObject", { ID: id, Boundary: box.join(" "), Font: FIRST_FONT, Size: 5 }, code);
}

const physicalBox = (content: OfdContent): string => element("PhysicalBox", {}, (content.pageBox ?? A4).join(" "));

function addAnnotations(entries: Map<string, Uint8Array>, content: OfdContent): void {
  if (content.annotations === undefined) return;
  const pages = Map.groupBy(content.annotations, (annotation) => annotation.page);
  const list = [...pages.keys()].map((page) =>
    element("Page", { PageID: pageId(page) }, element("FileLoc", {}, `Annots/Page_${page}/Annotation.xml`)),
  );
  entries.set("Doc_0/Annotations.xml", xmlFile("Annotations", {}, ...list));
  for (const [page, annotations] of pages) {
    const marks = annotations.map(({ box, text }, n) => {
      const id = 800_000 + page * 100 + n * 2;
      const appearance = element(
        "Appearance",
        { Boundary: box.join(" ") },
        textObject(text, id + 1, [0, 0, box[2], box[3]]),
      );
      return element("Annot", { ID: id, Type: "Stamp", Creator: "Tongyan", LastModDate: "2026-01-01" }, appearance);
    });
    entries.set(`Doc_0/Annots/Page_${page}/Annotation.xml`, xmlFile("PageAnnot", {}, ...marks));
  }
}

function addAttachments(entries: Map<string, Uint8Array>, content: OfdContent): void {
  if (content.attachments === undefined) return;
  const list = content.attachments.map(({ name, format, bytes }, n) => {
    entries.set(`Doc_0/Attachs/${name}`, bytes);
    return element(
      "Attachment",
      { ID: `A${n + 1}`, Name: name, Format: format, Size: Math.ceil(bytes.length / 1024) },
      element("FileLoc", {}, escapeXml(name)),
    );
  });
  entries.set("Doc_0/Attachs/Attachments.xml", xmlFile("Attachments", {}, ...list));
}

/** The same entries with one text entry rewritten. Throws when it is not there or when nothing changed. */
export function rewrite(entries: Entries, path: string, edit: (text: string) => string): Entries {
  const before = Buffer.from(entries.get(path) ?? missing(path)).toString("utf8");
  const after = edit(before);
  if (after === before) throw new Error(`${path}: the edit changed nothing`);
  return new Map(entries).set(path, Buffer.from(after, "utf8"));
}

function missing(path: string): never {
  throw new Error(`no entry ${path}`);
}
