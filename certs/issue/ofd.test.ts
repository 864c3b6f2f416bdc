import { expect, test } from "vitest";
import { type XmlElement, readXml } from "../bytes/xml.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { type Entries, rewrite, writeOfd } from "./ofd.ts";

const read = (entries: Entries, path: string): XmlElement =>
  readXml(entries.get(path) ?? Buffer.alloc(0), DEFAULT_LIMITS);

function all(root: XmlElement, local: string): readonly XmlElement[] {
  const below = root.children.flatMap((child) => all(child, local));
  return root.local === local ? [root, ...below] : below;
}

const HOSTILE_TEXT = `<b>&"'\t]]> 张三`;

test("metadata and text come back as they went in", () => {
  const entries = writeOfd({ title: HOSTILE_TEXT, metadata: { [`a"<`]: HOSTILE_TEXT }, pages: [[HOSTILE_TEXT, "x"]] });
  const root = read(entries, "OFD.xml");
  const [datum] = all(root, "CustomData");
  expect(datum?.attributes.get("Name")).toBe(`a"<`);
  expect([datum?.text, all(root, "Title")[0]?.text]).toEqual([HOSTILE_TEXT, HOSTILE_TEXT]);
  const codes = all(read(entries, "Doc_0/Pages/Page_0/Content.xml"), "TextCode");
  expect(codes.map((code) => code.text)).toEqual([HOSTILE_TEXT, "x"]);
  expect(codes.map((code) => code.attributes.get("DeltaX"))).toEqual([
    `g ${[...HOSTILE_TEXT].length - 1} 5`,
    undefined,
  ]);
});

test("a plain document has four entries, all of the OFD namespace, and no IDs twice", () => {
  const entries = writeOfd({ title: "t", pages: [["a", "b"], ["c"]] });
  expect([...entries.keys()]).toEqual([
    "OFD.xml",
    "Doc_0/Document.xml",
    "Doc_0/PublicRes.xml",
    "Doc_0/Pages/Page_0/Content.xml",
    "Doc_0/Pages/Page_1/Content.xml",
  ]);
  const ids = [...entries.keys()]
    .flatMap((path) => all(read(entries, path), "TextObject"))
    .map((e) => e.attributes.get("ID"));
  expect(new Set(ids).size).toBe(3);
  for (const path of entries.keys()) expect(read(entries, path).namespace).toBe("http://www.ofdspec.org/2016");
});

test("template, fonts, annotations and attachments are entries that something names", () => {
  const entries = writeOfd({
    title: "t",
    pages: [["a"]],
    template: ["底图"],
    fonts: [{ name: "Own", file: "own.ttf", bytes: Buffer.of(1) }],
    annotations: [{ page: 0, box: [10, 10, 50, 20], text: "注" }],
    attachments: [{ name: "data.xml", format: "xml", bytes: Buffer.of(2) }],
  });
  const place = (path: string, local: string): string | undefined => all(read(entries, path), local)[0]?.text;
  expect(all(read(entries, "Doc_0/Document.xml"), "TemplatePage")[0]?.attributes.get("BaseLoc")).toBe(
    "Tpls/Tpl_0/Content.xml",
  );
  expect(all(read(entries, "Doc_0/Pages/Page_0/Content.xml"), "Template")[0]?.attributes.get("TemplateID")).toBe(
    "9501",
  );
  expect(place("Doc_0/PublicRes.xml", "FontFile")).toBe("own.ttf");
  expect(place("Doc_0/Document.xml", "Annotations")).toBe("Annotations.xml");
  expect(place("Doc_0/Annotations.xml", "FileLoc")).toBe("Annots/Page_0/Annotation.xml");
  expect(place("Doc_0/Document.xml", "Attachments")).toBe("Attachs/Attachments.xml");
  expect(place("Doc_0/Attachs/Attachments.xml", "FileLoc")).toBe("data.xml");
  for (const path of [
    "Doc_0/Tpls/Tpl_0/Content.xml",
    "Doc_0/Res/own.ttf",
    "Doc_0/Annots/Page_0/Annotation.xml",
    "Doc_0/Attachs/data.xml",
  ])
    expect(entries.has(path), path).toBe(true);
});

test("rewrite changes one entry of a copy, and will not change nothing", () => {
  const entries = writeOfd({ title: "t", pages: [["张三"]] });
  const page = "Doc_0/Pages/Page_0/Content.xml";
  const changed = rewrite(entries, page, (xml) => xml.replace("张三", "李四"));
  expect(Buffer.from(changed.get(page) ?? []).toString()).toContain("李四");
  expect(Buffer.from(entries.get(page) ?? []).toString()).toContain("张三");
  expect(() => rewrite(entries, page, (xml) => xml.replace("王五", ""))).toThrow("changed nothing");
  expect(() => rewrite(entries, "nowhere", () => "")).toThrow("no entry");
});
