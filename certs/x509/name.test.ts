import { describe, expect, test } from "vitest";
import { DerError, TAG, readDer } from "../bytes/der.ts";
import { der, oid, printable, sequence, setOf, utf8 } from "../issue/der.ts";
import { encodeName, type NameRequest } from "../issue/extensions.ts";
import { readName, repairUtf8, type Name } from "./name.ts";

const read = (bytes: Uint8Array): Name => readName(readDer(bytes));
const name = (...parts: NameRequest): Name => read(encodeName(parts));
const cn = (value: Uint8Array): Uint8Array => sequence(der(TAG.set, sequence(oid("2.5.4.3"), value)));
const CODE = "11653125MB0E00038F";

describe("names are compared as RFC 5280 7.1 has it", () => {
  test.each([
    ["case", utf8("Example CA"), utf8("EXAMPLE ca")],
    ["spaces", utf8("Example  CA "), utf8(" Example CA")],
    ["string type", utf8("Example CA"), printable("Example CA")],
    ["BMPString", utf8("示例"), der(TAG.bmpString, Buffer.from("示例", "utf16le").swap16())],
    ["composed and decomposed letters", utf8("é"), utf8("e\u0301")],
    ["an invisible character", utf8("Exam\u200bple"), utf8("Example")],
  ])("%s makes no difference", (_, a, b) => expect(read(cn(a)).key).toBe(read(cn(b)).key));

  test.each([
    ["another letter", cn(utf8("Example CA")), cn(utf8("Example CB"))],
    ["a look-alike letter", cn(utf8("Example")), cn(utf8("Ex\u0430mple"))],
    ["text after NUL", cn(utf8("Example")), cn(utf8("Example\0.evil"))],
    [
      "order",
      encodeName([
        ["O", "a"],
        ["CN", "b"],
      ]),
      encodeName([
        ["CN", "b"],
        ["O", "a"],
      ]),
    ],
    [
      "a value that holds a separator",
      encodeName([["O", "a,2.5.4.3=1:b"]]),
      encodeName([
        ["O", "a"],
        ["CN", "b"],
      ]),
    ],
    [
      "a longer name",
      encodeName([["O", "a"]]),
      encodeName([
        ["O", "a"],
        ["CN", "b"],
      ]),
    ],
    [
      "one RDN of two in place of two",
      sequence(setOf(sequence(oid("2.5.4.10"), utf8("a")), sequence(oid("2.5.4.3"), utf8("b")))),
      encodeName([
        ["O", "a"],
        ["CN", "b"],
      ]),
    ],
  ])("%s does", (_, a, b) => expect(read(a).key).not.toBe(read(b).key));
});

describe("names for people", () => {
  test("the most specific part first, with escapes", () => {
    expect(name(["C", "CN"], ["O", 'a,b+"c'], ["CN", " x "]).text).toBe(String.raw`CN=\ x\ ,O=a\,b\+\"c,C=CN`);
  });

  test("doubly encoded UTF-8 is repaired for display, the original kept", () => {
    const twice = Buffer.from("示例局").toString("latin1");
    const found = name(["O", twice]);
    expect(found.text).toBe("O=示例局");
    expect(found.organisation).toBe("示例局");
    expect(found.attribute("2.5.4.10")).toBe(twice);
    expect(repairUtf8("Müller")).toBe("Müller");
    expect(repairUtf8("示例局")).toBe("示例局");
  });

  test("the last of several attributes of a type is the specific one", () => {
    expect(name(["OU", "a"], ["OU", "b"]).attribute("2.5.4.11")).toBe("b");
    expect(name(["OU", "a"]).attribute("2.5.4.3")).toBeNull();
  });
});

describe("the credit code of an organisation", () => {
  test.each<[string, NameRequest, string | null]>([
    ["glued in front of O", [["O", `${CODE}示例县自然资源局`]], CODE],
    ["alone in O", [["O", CODE]], CODE],
    [
      "in serialNumber",
      [
        ["O", "示例县自然资源局"],
        ["serialNumber", CODE],
      ],
      CODE,
    ],
    ["in CN", [["CN", CODE]], CODE],
    [
      "the same twice",
      [
        ["O", `${CODE}示例局`],
        ["OU", CODE],
      ],
      CODE,
    ],
    [
      "O before OU",
      [
        ["O", `${CODE}示例局`],
        ["OU", "11340000MB0E00011X"],
      ],
      CODE,
    ],
    [
      "two different ones, none in O",
      [
        ["CN", CODE],
        ["OU", "11340000MB0E00011X"],
      ],
      null,
    ],
    ["wrong check digit", [["O", "11653125MB0E00038E示例县自然资源局"]], null],
    ["wrong check digit of the organisation code", [["O", "11653125MB0E00039D示例局"]], null],
    ["a letter that is not in the alphabet", [["O", "11653125MBOE00038F示例局"]], null],
    ["19 characters", [["O", `${CODE}1示例局`]], null],
    ["none", [["O", "示例局"]], null],
  ])("%s", (_, parts, code) => expect(name(...parts).organisationCode).toBe(code));

  test("the organisation keeps its code", () => {
    expect(name(["O", `${CODE}示例县自然资源局`]).organisation).toBe(`${CODE}示例县自然资源局`);
  });
});

describe("malformed names", () => {
  const attribute = sequence(oid("2.5.4.3"), utf8("a"));
  test("two equal members of a SET are hostile (hostile-cases 78)", () => {
    const fault = catchDer(sequence(der(TAG.set, attribute, attribute)));
    expect(fault).toMatchObject({ fault: "DUPLICATE", hostile: true });
  });
  test.each([
    ["an empty SET", sequence(der(TAG.set))],
    ["a SEQUENCE for a SET", sequence(sequence(attribute))],
    ["a third member", sequence(der(TAG.set, sequence(oid("2.5.4.3"), utf8("a"), utf8("b"))))],
    ["bad UTF-8", cn(der(TAG.utf8String, Buffer.of(0xff)))],
    ["no ASCII in PrintableString", cn(der(TAG.printableString, Buffer.from("é")))],
  ])("%s", (_, bytes) => expect(catchDer(bytes)).toBeInstanceOf(DerError));

  test("a value that is no string is kept as it is", () => {
    expect(read(cn(der(TAG.octetString, Buffer.of(1)))).attribute("2.5.4.3")).toBeNull();
    expect(read(cn(der(TAG.octetString, Buffer.of(1)))).key).not.toBe(read(cn(der(TAG.octetString, Buffer.of(2)))).key);
  });
});

function catchDer(bytes: Uint8Array): unknown {
  try {
    return read(bytes).key;
  } catch (error) {
    return error;
  }
}

test("look-alike characters are told with their attribute, in repaired text", () => {
  expect(name(["C", "CN"], ["O", "国家税务总局"]).deceptive).toBeNull();
  expect(name(["C", "CN"], ["O", "国家税\u200b务总局"]).deceptive).toBe("O: invisible character U+200B");
  expect(name(["O", Buffer.from("国\u202e家").toString("latin1")]).deceptive).toBe(
    "O: writing direction control U+202E",
  );
});
