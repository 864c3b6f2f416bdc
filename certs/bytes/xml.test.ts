import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { refusalOf } from "../../tests/hostile/refusal-of.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { Refusal, type RefusalCode } from "../refusal.ts";
import { type XmlElement, readXml, scanXml } from "./xml.ts";
import type { OpenElement } from "./xml-scan.ts";

const OFD = "http://www.ofdspec.org/2016";
const read = (xml: string | Uint8Array, limits: Limits = DEFAULT_LIMITS): XmlElement =>
  readXml(typeof xml === "string" ? Buffer.from(xml) : xml, limits);
const scan = (xml: string | Uint8Array): void =>
  scanXml(typeof xml === "string" ? Buffer.from(xml) : xml, DEFAULT_LIMITS, () => {});
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';
const bytes = (...octets: readonly number[]): Uint8Array => Uint8Array.from(octets);
const BOM = bytes(0xef, 0xbb, 0xbf);
const joined = (...parts: readonly (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));

const REFUSED: readonly (readonly [title: string, code: RefusalCode, xml: string | Uint8Array])[] = [
  ["a DOCTYPE", "XML_HOSTILE", `${HEAD}<!DOCTYPE a><a/>`],
  ["a DOCTYPE with an unused entity", "XML_HOSTILE", '<!DOCTYPE a [<!ENTITY x "y">]><a/>'],
  ["a DOCTYPE with an external file", "XML_HOSTILE", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
  ["a DOCTYPE with nested entities", "XML_HOSTILE", '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>'],
  ["a DOCTYPE after the root", "XML_HOSTILE", "<a/><!DOCTYPE a>"],
  ["an entity of its own in text", "XML_HOSTILE", "<a>&x;</a>"],
  ["an entity of its own in an attribute", "XML_HOSTILE", '<a b="&x;"/>'],
  ["an entity of HTML", "XML_HOSTILE", "<a>&nbsp;</a>"],
  ["an entity of JavaScript objects", "XML_HOSTILE", "<a>&constructor;&__proto__;</a>"],
  ["a processing instruction before the root", "XML_HOSTILE", '<?xml-stylesheet href="a.xsl"?><a/>'],
  ["a processing instruction inside", "XML_HOSTILE", "<a><?x y?></a>"],
  ["a processing instruction in a value", "XML_HOSTILE", "<a>AA<?x?>BB</a>"],
  ["a processing instruction after the root", "XML_HOSTILE", "<a/><?x?>"],
  ["a comment inside a value", "XML_HOSTILE", "<a>AA<!-- x -->BB</a>"],
  ["a comment before a value", "XML_HOSTILE", "<a><!-- x -->AA</a>"],
  ["a comment after a value", "XML_HOSTILE", "<a>AA<!-- x --></a>"],
  ["a comment before a value in CDATA", "XML_HOSTILE", "<a><!-- x --><![CDATA[AA]]></a>"],
  ["a comment in a value after a child", "XML_HOSTILE", "<a>AA<b/><!-- x --></a>"],
  ["a value split by an element", "XML_HOSTILE", "<a>AA<b/>BB</a>"],
  ["a value split by CDATA", "XML_HOSTILE", "<a>AA<![CDATA[BB]]></a>"],
  ["a value split by empty CDATA", "XML_HOSTILE", "<a>AA<![CDATA[]]>BB</a>"],
  ["XInclude", "XML_HOSTILE", '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="b.xml"/></a>'],
  ["XInclude as the default namespace", "XML_HOSTILE", '<include xmlns="http://www.w3.org/2001/XInclude"/>'],
  ["a second root", "XML_HOSTILE", "<a/><b/>"],
  ["text before the root", "XML_HOSTILE", "text<a/>"],
  ["text after the root", "XML_HOSTILE", "<a/>text"],
  ["CDATA after the root", "XML_HOSTILE", "<a/><![CDATA[text]]>"],
  ["a character reference after the root", "XML_HOSTILE", "<a/>&#32;"],
  ["two byte order marks", "XML_HOSTILE", joined(BOM, BOM, "<a/>")],
  ["an attribute given twice", "XML_HOSTILE", '<a b="1" b="2"/>'],
  ["an attribute given twice by two prefixes", "XML_HOSTILE", '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>'],
  ["two prefixes bound outside", "XML_HOSTILE", '<a xmlns:p="u"><b xmlns:q="u" p:b="1" q:b="2"/></a>'],
  ["a namespace declared twice", "XML_HOSTILE", '<a xmlns="u" xmlns="v"/>'],
  ["a namespace name with blanks", "XML_HOSTILE", `<a xmlns=" ${OFD}"/>`],
  ["a namespace of a prefix with blanks", "XML_HOSTILE", `<o:a xmlns:o="${OFD}&#10;"/>`],
  ["encoding GBK", "XML_HOSTILE", '<?xml version="1.0" encoding="GBK"?><a/>'],
  ["encoding UTF-16", "XML_HOSTILE", '<?xml version="1.0" encoding="UTF-16"?><a/>'],
  ["encoding UTF-7", "XML_HOSTILE", '<?xml version="1.0" encoding="UTF-7"?><a/>'],
  ["XML 1.1", "XML_HOSTILE", '<?xml version="1.1"?><a/>'],
  ["nothing", "XML_MALFORMED", ""],
  ["blanks", "XML_MALFORMED", " \n"],
  ["a byte order mark", "XML_MALFORMED", BOM],
  ["a declaration only", "XML_MALFORMED", HEAD],
  ["a comment only", "XML_MALFORMED", "<!-- x -->"],
  ["an open root", "XML_MALFORMED", "<a>"],
  ["an open tag", "XML_MALFORMED", "<a"],
  ["an open comment after the root", "XML_MALFORMED", "<a/><!-- x"],
  ["an open CDATA", "XML_MALFORMED", "<a><![CDATA[x</a>"],
  ["an open reference", "XML_MALFORMED", "<a>&amp</a>"],
  ["an open DOCTYPE", "XML_MALFORMED", "<!DOCTYPE a ["],
  ["tags that cross", "XML_MALFORMED", "<a><b></a></b>"],
  ["a closing tag alone", "XML_MALFORMED", "</a>"],
  ["another closing prefix", "XML_MALFORMED", '<p:a xmlns:p="u" xmlns:q="u"></q:a>'],
  ["a prefix that is not bound", "XML_MALFORMED", "<p:a/>"],
  ["an attribute prefix that is not bound", "XML_MALFORMED", '<a p:b="1"/>'],
  ["a prefix of JavaScript objects", "XML_MALFORMED", "<constructor:a/>"],
  ["a prefix taken back", "XML_MALFORMED", '<a xmlns:p=""/>'],
  ["the xml prefix bound elsewhere", "XML_MALFORMED", '<a xmlns:xml="u"/>'],
  ["two colons", "XML_MALFORMED", '<p:q:a xmlns:p="u"/>'],
  ["a digit for a prefix", "XML_MALFORMED", '<a xmlns:1="u"/>'],
  ["a digit after a prefix", "XML_MALFORMED", '<p:1 xmlns:p="u"/>'],
  ["a digit after an attribute's prefix", "XML_MALFORMED", '<a xmlns:p="u" p:1="x"/>'],
  ["an attribute without quotes", "XML_MALFORMED", "<a b=c/>"],
  ["an attribute without value", "XML_MALFORMED", "<a b/>"],
  ["attributes without a blank between", "XML_MALFORMED", '<a b="1"c="2"/>'],
  ["< in an attribute", "XML_MALFORMED", '<a b="<"/>'],
  ["]]> in text", "XML_MALFORMED", "<a>]]></a>"],
  ["-- in a comment", "XML_MALFORMED", "<a><!-- -- --></a>"],
  ["a NUL", "XML_MALFORMED", "<a>\0</a>"],
  ["a control character", "XML_MALFORMED", "<a>\u0001</a>"],
  ["a reference to NUL", "XML_MALFORMED", "<a>&#0;</a>"],
  ["a reference to half a character", "XML_MALFORMED", "<a>&#xD800;</a>"],
  ["a reference past Unicode", "XML_MALFORMED", "<a>&#x110000;</a>"],
  ["a reference of many digits", "XML_MALFORMED", `<a>&#${"9".repeat(500)};</a>`],
  ["a declaration after a blank", "XML_MALFORMED", ` ${HEAD}<a/>`],
  ["two declarations", "XML_MALFORMED", `${HEAD}${HEAD}<a/>`],
  ["invalid UTF-8", "XML_MALFORMED", joined("<a>", bytes(0xff), "</a>")],
  ["overlong UTF-8", "XML_MALFORMED", joined("<a>", bytes(0xc0, 0xbc), "</a>")],
  ["UTF-8 of half a character", "XML_MALFORMED", joined("<a>", bytes(0xed, 0xa0, 0x80), "</a>")],
  ["UTF-8 cut short", "XML_MALFORMED", joined("<a/>", bytes(0xe6, 0xa0))],
  ["UTF-16", "XML_MALFORMED", Buffer.from("\ufeff<a/>", "utf16le")],
  ["GBK text under a UTF-8 declaration", "XML_MALFORMED", joined(HEAD, "<a>", bytes(0xd6, 0xd0), "</a>")],
  ["64 and one levels", "XML_LIMIT", "<a>".repeat(65) + "</a>".repeat(65)],
  ["a million levels", "XML_LIMIT", "<a>".repeat(1_000_000)],
  ["257 attributes", "XML_LIMIT", `<a ${Array.from({ length: 257 }, (_, i) => `b${i}=""`).join(" ")}/>`],
];

describe("readXml and scanXml refuse", () => {
  test.each(REFUSED)("%s: %s", (_, code, xml) => {
    expect(refusalOf(() => read(xml))).toBe(code);
    expect(refusalOf(() => scan(xml))).toBe(code);
  });

  test("more bytes or elements than allowed, and no fewer", () => {
    const xml = "<a><b/><b/></a>";
    expect(refusalOf(() => read(xml, { ...DEFAULT_LIMITS, maxXmlBytes: 15, maxXmlElements: 3 }))).toBe("ACCEPTED");
    expect(refusalOf(() => read(xml, { ...DEFAULT_LIMITS, maxXmlBytes: 14 }))).toBe("XML_LIMIT");
    expect(refusalOf(() => read(xml, { ...DEFAULT_LIMITS, maxXmlElements: 2 }))).toBe("XML_LIMIT");
  });

  test("without quoting the input", () => {
    for (const xml of ["<secret>", "<a>&secret;</a>", '<a secret="1" secret="2"/>', "<secret/><secret/>"])
      expect(() => read(xml)).toThrow(/^(?!.*secret)/);
  });
});

describe("readXml reads", () => {
  test("names, namespaces, attributes, children and text", () => {
    const root = read(
      `${HEAD}\n<ofd:OFD xmlns:ofd="${OFD}" xmlns="urn:x" Version="1.0" ofd:Hidden="1">\n <ofd:A ID="1">值 &amp; &#x4e00;</ofd:A>\n <B/>\n</ofd:OFD>\n`,
    );
    expect(root).toEqual({
      local: "OFD",
      namespace: OFD,
      attributes: new Map([["Version", "1.0"]]),
      text: "",
      children: [
        { local: "A", namespace: OFD, attributes: new Map([["ID", "1"]]), children: [], text: "值 & 一" },
        { local: "B", namespace: "urn:x", attributes: new Map(), children: [], text: "" },
      ],
    });
  });

  test.each([
    ["a byte order mark", joined(BOM, HEAD, "<a/>"), ""],
    ["a lower-case encoding name", '<?xml version="1.0" encoding="utf-8" standalone="yes"?><a/>', ""],
    ["no declaration", "<a>x</a>", "x"],
    ["comments around the root", "<!-- a --><a>x</a><!-- b -->\n", "x"],
    ["comments between elements", "<a>\n<!-- x --><b/><!-- y --></a>", ""],
    ["a comment alone in an element", "<a><!-- x --></a>", ""],
    ["blanks of a value", "<a> x\n</a>", " x\n"],
    ["blanks for a value", "<a> \t</a>", " \t"],
    ["line ends as one line feed", "<a>x\r\ny\rz</a>", "x\ny\nz"],
    ["the five entities", "<a>&lt;&gt;&amp;&quot;&apos;</a>", "<>&\"'"],
    ["a value in CDATA", "<a><![CDATA[<x>&y;]]></a>", "<x>&y;"],
    ["a value in CDATA between blanks", "<a>\n<![CDATA[x]]>\n</a>", "\nx\n"],
    ["text before an element", "<a>x<b/>\n</a>", "x\n"],
    ["text after an element", "<a>\n<b/>x</a>", "\nx"],
    ["a blank that is a character", "<a>\u3000</a>", "\u3000"],
    ["characters outside the first plane", "<a>𠮷</a>", "𠮷"],
    ["64 levels", `${"<a>".repeat(64)}${"</a>".repeat(64)}`, ""],
  ])("%s", (_, xml, text) => {
    expect(read(xml).text).toBe(text);
  });

  test("attributes of one name, one with a prefix and one without", () => {
    expect(read('<a xmlns:p="u" b="1" p:b="2"/>').attributes).toEqual(new Map([["b", "1"]]));
  });

  test("names of JavaScript's own properties as plain names", () => {
    const root = read('<__proto__ constructor="1" __proto__="2"><toString/></__proto__>');
    expect(root.local).toBe("__proto__");
    expect([...root.attributes]).toEqual([
      ["constructor", "1"],
      ["__proto__", "2"],
    ]);
    expect(root.children[0]?.local).toBe("toString");
  });

  test("a namespace as far as its element reaches", () => {
    const root = read('<p:a xmlns:p="u"><p:b xmlns:p="v"><p:c/></p:b><p:d/></p:a>');
    const b = root.children[0];
    expect([root.namespace, b?.namespace, b?.children[0]?.namespace, root.children[1]?.namespace]).toEqual([
      "u",
      "v",
      "v",
      "u",
    ]);
  });
});

describe("scanXml", () => {
  test("tells of opening and closing in order, with depth and text", () => {
    const told: string[] = [];
    scanXml(
      Buffer.from("<a><b x='1'>t</b>\n<c/></a>"),
      DEFAULT_LIMITS,
      ({ local, depth, attributes }) => void told.push(`${local}${depth}${attributes.get("x") ?? ""}`),
      ({ local, depth }, text) => void told.push(`/${local}${depth}${text}`),
    );
    expect(told).toEqual(["a1", "b21", "/b2t", "c2", "/c2", "/a1"]);
  });

  test("hands on what a callback throws, as it is", () => {
    const fault = new RangeError("of the callback");
    const raise = (): never => {
      throw fault;
    };
    expect(() => scanXml(Buffer.from("<a/>"), DEFAULT_LIMITS, raise)).toThrow(fault);
    expect(() => scanXml(Buffer.from("<a/>"), DEFAULT_LIMITS, () => {}, raise)).toThrow(fault);
  });
});

type Told = { readonly local: string; readonly value: string; readonly children: readonly Told[] };
const { told } = fc.letrec<{ told: Told }>((tie) => ({
  told: fc.record({
    local: fc.constantFrom("a", "b", "证照", "__proto__"),
    value: fc.string({ unit: fc.constantFrom("x", " ", "&", "<", ">", '"', "]", "值", "\n") }),
    children: fc.oneof({ maxDepth: 4 }, fc.constant([]), fc.array(tie("told"), { maxLength: 3 })),
  }),
}));
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const written = ({ local, value, children }: Told): string =>
  `<${local} v="${escaped(value).replaceAll("\n", "&#10;")}">${children.length === 0 ? escaped(value) : children.map((child) => `\n<!-- x -->${written(child)}`).join("")}</${local}>`;
const understood = ({ local, text, attributes, children }: XmlElement): Told => {
  const value = attributes.get("v") ?? "";
  expect(text).toBe(children.length === 0 ? value : "");
  return { local, value, children: children.map(understood) };
};

describe("properties", () => {
  test("a written tree is read as it was", () => {
    fc.assert(fc.property(told, (tree) => void expect(understood(read(written(tree)))).toEqual(tree)));
  });

  test("any mixture of markup is read or refused, and both readers agree", () => {
    const pieces = [
      "<a>",
      "</a>",
      "<a/>",
      "<b x='1'",
      ">",
      "x",
      " ",
      "&lt;",
      "&#65;",
      "&x;",
      "<!-- c -->",
      "<![CDATA[d]]>",
    ];
    const odd = [
      "<?p?>",
      "<!DOCTYPE a>",
      "<",
      "&",
      "]]>",
      "<!",
      "--",
      "<?xml version='1.0'?>",
      "\r",
      "\ud83d\ude00",
      ":",
      "xmlns:p='u'",
    ];
    const mixture = fc.array(fc.constantFrom(...pieces, ...odd), { maxLength: 12 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(mixture, (xml) => {
        const opened: OpenElement[] = [];
        const scanned = refusalOf(() =>
          scanXml(Buffer.from(xml), DEFAULT_LIMITS, (element) => void opened.push(element)),
        );
        const count = (element: XmlElement): number => element.children.reduce((sum, child) => sum + count(child), 1);
        expect(refusalOf(() => expect(count(read(xml))).toBe(opened.length))).toBe(scanned);
      }),
      { numRuns: 3000 },
    );
  });

  test("random bytes, and every flipped bit of a good file, throw nothing but refusals", () => {
    const good = Buffer.from(
      `${HEAD}<o:OFD xmlns:o="${OFD}" Version="1.0"><o:A x='1'>值&amp;</o:A><!-- c --><B/></o:OFD>`,
    );
    for (let at = 0; at < good.length; at++)
      for (let bit = 0; bit < 8; bit++) {
        const copy = Uint8Array.from(good);
        copy[at] = (copy[at] ?? 0) ^ (1 << bit);
        refusalOf(() => read(copy));
      }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => refusalOf(() => read(noise)) !== "ACCEPTED"));
  });

  test("a file of entity-like text takes no long time", () => {
    expect(read(`<a>${"&amp;".repeat(200_000)}</a>`).text).toHaveLength(200_000);
    expect(() => read(`<a ${'b="'.repeat(100_000)}`)).toThrow(Refusal);
  });
});
