import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TAG, readDer } from "../../certs/bytes/der.ts";
import { bits, der, integer, octets, sequence } from "../../certs/issue/der.ts";
import { type Entries, element, xmlFile } from "../../certs/issue/ofd.ts";
import { type Document, DOCUMENT_XML, SIGNATURES_XML, SIGNATURE_XML, SIGNED_VALUE, Scene, put } from "./scene.ts";

// Small files that once cost minutes, gigabytes or an error of ours. Each now ends in seconds; the runner ends one that does not.
const scene = new Scene();
const open = scene.sealed({ lockSignatures: false });
const many = (count: number, make: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => make(n)).join("");

/** Zeros with enough noise to stay under the bound on compression. */
function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 300) bytes[at] = randomInt(1, 100);
  return bytes;
}

/** The list names one Signature.xml 64 times. */
const listed64 = (entries: Entries): Entries =>
  put(entries, {
    [SIGNATURES_XML]: xmlFile(
      "Signatures",
      {},
      many(64, (n) => element("Signature", { ID: n + 1, BaseLoc: `/${SIGNATURE_XML}` })),
    ),
  });

const resources = (row: (n: number) => string, count: number): Buffer =>
  xmlFile("Res", { BaseLoc: "Res" }, element("Fonts", {}, many(count, row)));
const font = (n: number): string => element("Font", { ID: n }, element("FontFile", {}, String(n)));

const limit = "REFUSED OFD_LIMIT";
const format = "FAILED FORMAT FORMAT_FAILURE";
const list = "FAILED SIGNATURE_LIST";
const rows: readonly (readonly [title: string, answer: RegExp, document: () => Document])[] = [
  [
    "19,000 stray entries and 64 signatures",
    new RegExp(list),
    () => listed64(put(open, Object.fromEntries(Array.from({ length: 19_000 }, (_, n) => [`Stray/${n}`, ""])))),
  ],
  [
    "40,000 missing fonts and 64 signatures",
    new RegExp(list),
    () => listed64(put(open, { "Doc_0/PublicRes.xml": resources(font, 40_000) })),
  ],
  [
    "one page with 3,000 templates, shown 3,000 times",
    new RegExp(limit),
    () =>
      put(open, {
        "Doc_0/P.xml": xmlFile(
          "Page",
          {},
          many(3000, (n) => element("Template", { TemplateID: n })),
        ),
        [DOCUMENT_XML]: xmlFile(
          "Document",
          {},
          element(
            "Pages",
            {},
            many(3000, (n) => element("Page", { ID: n + 1, BaseLoc: "P.xml" })),
          ),
        ),
      }),
  ],
  [
    "32 documents that share 20,000 missing fonts",
    new RegExp(limit),
    () =>
      put(open, {
        "Doc_0/PublicRes.xml": resources(font, 20_000),
        "OFD.xml": xmlFile(
          "OFD",
          {},
          many(32, () => element("DocBody", {}, element("DocRoot", {}, "Doc_0/Document.xml"))),
        ),
      }),
  ],
  [
    "a signature value of 20 MB",
    new RegExp(limit),
    () => put(open, { [SIGNED_VALUE]: sequence(octets(noise(20_000_000))) }),
  ],
  [
    "an INTEGER of 4 MB for the version",
    new RegExp(format),
    () => {
      const version = der(TAG.integer, Buffer.concat([Buffer.of(1), noise(4_000_000)]));
      const rest = Array.from({ length: 6 }, () => integer(1));
      return put(open, { [SIGNED_VALUE]: sequence(sequence(version, ...rest), bits(Buffer.alloc(64))) });
    },
  ],
  [
    "four million empty values",
    /^REFUSED DER_HOSTILE$/,
    () => {
      const values = Buffer.alloc(8_000_000);
      for (let at = 0; at < values.length; at += 2) values[at] = at % 100 === 0 ? randomInt(1, 6) : TAG.null;
      return put(open, { [SIGNED_VALUE]: sequence(values) });
    },
  ],
  [
    "64 signatures whose seal's copy is an entry of 30 MB",
    /^FAILED /,
    () =>
      listed64(
        put(
          scene.sealed({
            lockSignatures: false,
            rewriteXml: (xml) => xml.replace(/<ofd:BaseLoc>[^<]*/, "<ofd:BaseLoc>/Doc_0/big"),
          }),
          { "Doc_0/big": noise(30_000_000) },
        ),
      ),
  ],
  [
    "64 seals of one number whose lists of signers have 2.5 MB",
    /^FAILED /,
    () =>
      listed64(
        scene.withSeal(
          { signers: { certificates: Array.from({ length: 250 }, () => noise(10_000)) } },
          { lockSignatures: false },
        ),
      ),
  ],
  [
    "markup of 40 MB in five files",
    /^REFUSED XML_LIMIT$/,
    () => {
      const blank = Buffer.from(noise(8_000_000).map((octet) => (octet === 0 ? 0x20 : 0x41 + (octet % 26))));
      const names = [0, 1, 2, 3, 4].map((n) => `R${n}.xml`);
      const head = '<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016"><!--';
      const file = Buffer.concat([Buffer.from(head), blank, Buffer.from("--></ofd:Res>")]);
      const common = element("CommonData", {}, ...names.map((name) => element("PublicRes", {}, name)));
      const pages = element("Pages", {}, element("Page", { ID: 1, BaseLoc: "Pages/Page_0/Content.xml" }));
      return put(open, {
        ...Object.fromEntries(names.map((name) => [`Doc_0/${name}`, file])),
        [DOCUMENT_XML]: xmlFile("Document", {}, common, pages),
      });
    },
  ],
];

describe("cost", () => {
  it.each(rows)("%s", { timeout: 60_000 }, (_, wanted, document) => {
    expect(scene.answer(document())).toMatch(wanted);
  });

  it("keeps the report small, whatever is missing", () => {
    const report = scene.report(listed64(put(open, { "Doc_0/PublicRes.xml": resources(font, 40_000) })));
    expect(JSON.stringify(report).length).toBeLessThan(3_000_000);
  });

  it("refuses a seal whose name fills the report", () => {
    const report = scene.report(scene.withSeal({ name: "示".repeat(1000) }));
    expect(report.signatures[0]?.checks.find(({ code }) => code === "seal-format")?.outcome).toBe("failed");
  });

  it("reads lists of values up to a bound, and longer ones where asked", () => {
    const long = readDer(sequence(Buffer.alloc(20_002).fill(Buffer.of(TAG.null, 0))));
    expect(() => long.sequence("list")).toThrow(/more than 10000/);
    expect(long.sequence("list", Number.POSITIVE_INFINITY)).toHaveLength(10_001);
  });
});
