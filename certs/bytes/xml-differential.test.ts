import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makePki } from "../issue/pki.ts";
import { sealedEntries } from "../issue/sealed-licence.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { Refusal } from "../refusal.ts";
import { scanBySaxes } from "./test-saxes.ts";
import { scanXml } from "./xml.ts";

const limits: Limits = { ...DEFAULT_LIMITS, maxXmlDepth: 6, maxXmlElements: 40 };

/** All that a reader tells of a file, or null when it refuses it. */
function told(scan: typeof scanXml, xml: string | Uint8Array): unknown {
  const events: unknown[] = [];
  try {
    scan(
      Buffer.from(xml),
      limits,
      ({ local, namespace, attributes, depth }) => events.push(["open", local, namespace, [...attributes], depth]),
      ({ local, depth }, text) => events.push(["close", local, depth, text]),
    );
    return events;
  } catch (error) {
    if (scan === scanXml && !(error instanceof Refusal)) throw error;
    return null;
  }
}

/** The one thing in which ours is stricter on purpose: saxes lets a declared prefix begin with what begins no name (NCName). */
const NO_PREFIX = /xmlns:(?:[-.\d\u00b7\u203f\u2040]|\p{M})/u;

function expectAgreement(xml: string | Uint8Array): boolean {
  const ours = told(scanXml, xml);
  const theirs = told(scanBySaxes, xml);
  if (ours === null && theirs !== null && NO_PREFIX.test(Buffer.from(xml).toString())) return false;
  expect(ours, Buffer.from(xml).toString()).toEqual(theirs);
  return ours !== null;
}

const NAMES = ["a", "b", "p:a", "q:b", "p:b", "证照", "a-1.·", "xml:lang", "xmlns:p", "xmlns:q", "xmlns", "xmlns:xml"];
const ODD_NAMES = [
  ":a",
  "p:",
  "p:q:a",
  "p:1",
  "1",
  "-",
  "p:-",
  "xmlns:",
  "xmlns:xmlns",
  "xmlns:1",
  "\u0301a",
  "p:\u0903",
  "𠮷",
  "\u00d7",
  "constructor:a",
];
const VALUES = [
  "",
  "x",
  " ",
  "u",
  "urn:v",
  "1 2 3",
  "值",
  "&lt;",
  "&#65;",
  "&#x9;",
  "&#13;",
  "a\r\nb",
  "\t",
  "]]>",
  ">",
  "'",
  '"',
];
const ODD_VALUES = [
  "&x;",
  "&",
  "&#0;",
  "&#xd800;",
  "&#X41;",
  "&#x1f600;",
  "&#xfffe;",
  "<",
  "\u0001",
  "\ufffe",
  "\u0085",
  "\u2028",
  " u",
  "http://www.w3.org/XML/1998/namespace",
  "http://www.w3.org/2000/xmlns/",
  "http://www.w3.org/2001/XInclude",
  "𠮷",
  "\ufeff",
];

const often = <T>(usual: readonly T[], odd: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });
const name = often(NAMES, ODD_NAMES);
const value = often(VALUES, ODD_VALUES);
const gap = often([" "], ["", "\n", "\r\n", "\t ", "\u00a0"]);
const attribute = fc
  .tuple(gap, name, often(["="], [" = ", "", "\n="]), often(['"'], ["'", ""]), value)
  .map(([before, name, equals, quote, value]) => `${before}${name}${equals}${quote}${value}${quote}`);
const attributes = fc.array(attribute, { maxLength: 4 }).map((list) => list.join(""));
const aside = often(
  ["", " \n", "<!-- c -->"],
  [
    "<!---->",
    "<!-- -- -->",
    "<!--->",
    "<?x y?>",
    "<?xml version='1.0'?>",
    "<?XML?>",
    "<!DOCTYPE a>",
    "<!DOCTYPE a [",
    "<!",
    "text",
    "&#32;",
    "\u0001",
    "<![CDATA[]]>",
  ],
);
const text = often(VALUES, [
  ...ODD_VALUES,
  "]]",
  "]>",
  "<![CDATA[<&]]>",
  "<![CDATA[]]]]>",
  "<![CDATA[a\rb]]>",
  "<!-- in -->",
  "</a>",
  "<a",
]);
const element: fc.Memo<string> = fc.memo((depth) =>
  fc
    .tuple(
      name,
      attributes,
      fc.array(depth > 1 ? fc.oneof(text, element(depth - 1), aside) : text, { maxLength: 3 }),
      gap,
      often([true], [false]),
    )
    .map(([name, attributes, inside, gap, closed]) =>
      inside.length === 0
        ? `<${name}${attributes}/>`
        : `<${name}${attributes}>${inside.join("")}</${closed ? name : "b"}${gap}>`,
    ),
);
const declaration = often(
  ["", '<?xml version="1.0" encoding="UTF-8"?>', "<?xml version='1.0'?>"],
  [
    '\ufeff<?xml version="1.0"?>',
    "\ufeff\ufeff",
    ' <?xml version="1.0"?>',
    '<?xml version="1.0"encoding="utf-8"?>',
    '<?xml version = "1.0" standalone="no" ?>',
    '<?xml version="1.1"?>',
    '<?xml encoding="utf-8"?>',
    '<?xml version="1.0" encoding="GBK"?>',
    "<?xml?>",
    '<?xml version="1.0" standalone="maybe"?>',
    '<?xml version="1.0" standalone="yes" encoding="utf-8"?>',
    "<?xml version='1.0\"?>",
    '<?xml version="1.0" ? >',
  ],
);
const file = fc
  .tuple(declaration, aside, element(4), aside, often([""], ["<b/>", "</a>"]))
  .map((parts) => parts.join(""));
/** Binds both prefixes around, so that most files are good. */
const bound = fc
  .tuple(declaration, element(3))
  .map(([head, inside]) => `${head}<r xmlns:p="u" xmlns:q="v">${inside}</r>`);

const PIECES = [
  "<",
  ">",
  "/",
  "&",
  ";",
  '"',
  "'",
  "=",
  " ",
  ":",
  "]]>",
  "<!--",
  "-->",
  "<a>",
  "</a>",
  "<![CDATA[",
  "?",
  "\r",
  "\u0001",
  "\ufffe",
  "xmlns:p='u'",
  "𠮷",
  "\u0300",
];

describe("our XML reader and saxes", () => {
  test("accept and refuse the same files, and tell the same of them", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.oneof(file, bound), (xml) => {
        if (expectAgreement(xml)) accepted++;
      }),
      { numRuns: 6000 },
    );
    expect(accepted).toBeGreaterThan(600); // else it compares refusals only
  });

  test("agree on files of a licence with pieces put in, left out and doubled", () => {
    const entries = [...sealedEntries({ pki: makePki(Date.now()) })].filter(([path]) => path.endsWith(".xml"));
    const files = entries.map(([, bytes]) => Buffer.from(bytes).toString());
    const mutation = fc.record({
      xml: fc.constantFrom(...files),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(12),
      piece: fc.oneof(fc.constantFrom(...PIECES), fc.constant(null)),
    });
    fc.assert(
      fc.property(mutation, ({ xml, at, length, piece }) => {
        const from = Math.floor(at * xml.length);
        const cut = xml.slice(from, from + length);
        expectAgreement(
          xml.slice(0, from) + (piece ?? cut + cut) + xml.slice(from + (piece === null ? length : length % 3)),
        );
      }),
      { numRuns: 2500 },
    );
  });

  test("agree on files with one byte changed", () => {
    const good = Buffer.from(
      '<?xml version="1.0"?><p:a xmlns:p="u" b="1&amp;" p:c=\'值\'>\r\n<!-- x --><b>t&#65;]]</b><c><![CDATA[<]]></c></p:a>\n',
    );
    for (let at = 0; at < good.length; at++)
      for (let octet = 0; octet < 256; octet += at % 3 === 0 ? 1 : 5) {
        const changed = Uint8Array.from(good);
        changed[at] = octet;
        expectAgreement(changed);
      }
  });
});
