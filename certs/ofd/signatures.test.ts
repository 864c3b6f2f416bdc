import { expect, test } from "vitest";
import type { OfdBody, OfdSignature } from "./package.ts";
import {
  type Files,
  PLAIN,
  SIGNED,
  archive,
  docBody,
  only,
  read,
  reference,
  refusalOf,
  signatureList,
  signed,
  sm3,
} from "./test-package.ts";

const BASE: Files = { ...PLAIN, "OFD.xml": `<OFD>${SIGNED}</OFD>` };
const LIST = "Doc_0/Signs/Signatures.xml";
const SIGNATURE = "Doc_0/Signs/Sign_0/Signature.xml";
const CONTENT = "Doc_0/Pages/Page_0/Content.xml";
const GOOD = signed(BASE);

const bodyOf = (files: Files): OfdBody => only(read(files).bodies);
const signatureOf = (files: Files): OfdSignature => only(bodyOf(files).signatures);
const edited = (path: string, from: string, to: string): Files => {
  const before = String(GOOD[path]);
  if (!before.includes(from)) throw new Error(`nothing to edit in ${path}`);
  return { ...GOOD, [path]: before.replace(from, to) };
};
const listed = (rows: string): readonly string[] => bodyOf({ ...GOOD, [LIST]: signatureList(rows) }).listProblems;
const ROW = '<Signature ID="1" Type="Seal" BaseLoc="Sign_0/Signature.xml"/>';

test("a signature as it is written", () => {
  const inside = `<Provider ProviderName="maker" Version="1"/><SignatureMethod> 1.2.156.10197.1.501</SignatureMethod><SignatureDateTime>20200817111329Z</SignatureDateTime>`;
  const stamps =
    '<StampAnnot ID="2" PageRef="01" Boundary="120 100 40 40"/><StampAnnot PageRef="9" Boundary="off"/><StampAnnot/>';
  const files = signed(BASE, { inside, stamps, covers: ["OFD.xml"] });
  const body = bodyOf(files);
  expect(body.listProblems).toEqual([]);
  expect(body.signatureList).toBe(`/${LIST}`);
  const signature = only(body.signatures);
  expect(signature).toMatchObject({
    id: "1",
    type: "Seal",
    relative: null,
    path: `/${SIGNATURE}`,
    checkMethod: "SM3",
    references: [{ fileRef: "/OFD.xml", path: "/OFD.xml", checkValue: sm3(files["OFD.xml"] ?? "") }],
    signatureMethod: "1.2.156.10197.1.501",
    dateTime: "20200817111329Z",
    provider: "maker",
    sealPath: "/Doc_0/Signs/Sign_0/Seal.esl",
    picturePath: null,
    signedValuePath: "/Doc_0/Signs/Sign_0/SignedValue.dat",
    problems: [],
    remarks: [],
  });
  expect(signature.stamps).toEqual([
    { id: "2", page: "1", boundary: { x: 120, y: 100, width: 40, height: 40 } },
    { id: null, page: "9", boundary: null },
    { id: null, page: "", boundary: null },
  ]);
  expect(Buffer.from(signature.signedValue ?? []).toString()).toBe("value");
  expect(Buffer.from(signature.xml).toString()).toContain("<Signature xmlns=");
});

test("no Signatures element is no problem of the list", () => {
  expect(bodyOf(PLAIN)).toMatchObject({ signatures: [], listProblems: [], signatureList: null });
});

test("Type is Seal when absent; Relative names a listed signature", () => {
  expect(
    signatureOf({ ...GOOD, [LIST]: signatureList('<Signature ID="1" BaseLoc="Sign_0/Signature.xml"/>') }).type,
  ).toBe("Seal");
  expect(listed('<Signature ID="1" Relative="7" BaseLoc="Sign_0/Signature.xml"/>')).toEqual([
    "signature 1 builds on signature 7, which is not listed",
  ]);
  expect(listed('<Signature ID="1" Relative="01" BaseLoc="Sign_0/Signature.xml"/>')).toHaveLength(1);
});

test("locations: the picture of OFD 2.0, paths from the root and from the file", () => {
  const files = {
    ...edited(SIGNATURE, "</BaseLoc>", "</BaseLoc><ImageLoc>/Doc_0/seal.png</ImageLoc>"),
    "Doc_0/seal.png": Buffer.from("png"),
  };
  expect(signatureOf(files)).toMatchObject({ picturePath: "/Doc_0/seal.png", problems: [] });
});

test.each<[string, Files, readonly string[]]>([
  ["the list is not there", { ...BASE }, ["the list of signatures is not in the package"]],
  ["the list is something else", { ...GOOD, [LIST]: `<Other>${ROW}</Other>` }, [`/${LIST} is no list of signatures`]],
  [
    "the list is empty, the signature is there",
    { ...GOOD, [LIST]: signatureList("") },
    [
      "/Doc_0/Signs/Sign_0/SignedValue.dat belongs to no listed signature",
      "/Doc_0/Signs/Sign_0/Signature.xml belongs to no listed signature",
    ],
  ],
  [
    "OFD.xml names no list, a signature is there",
    { ...GOOD, "OFD.xml": `<OFD>${docBody()}</OFD>` },
    [
      "/Doc_0/Signs/Sign_0/SignedValue.dat belongs to no listed signature",
      "/Doc_0/Signs/Sign_0/Signature.xml belongs to no listed signature",
    ],
  ],
  [
    "a second folder is not listed",
    { ...GOOD, "Doc_0/Signs/Sign_1/signature.xml": "<a/>", "Doc_0/Signs/Sign_1/SignValue.dat": "x" },
    [
      "/Doc_0/Signs/Sign_1/signature.xml belongs to no listed signature",
      "/Doc_0/Signs/Sign_1/SignValue.dat belongs to no listed signature",
    ],
  ],
])("list: %s", (_, files, problems) => {
  expect(bodyOf(files).listProblems).toEqual(problems);
});

test.each<[string, string, readonly string[]]>([
  ["one row twice", ROW + ROW, ["two signatures of ID 1", `two signatures at /${SIGNATURE}`]],
  ["one ID twice", `${ROW}<Signature ID="01" BaseLoc="Sign_1/Signature.xml"/>`, ["two signatures of ID 1"]],
  [
    "one place twice",
    `${ROW}<Signature ID="2" BaseLoc="./Sign_0/Signature.xml"/>`,
    [`two signatures at /${SIGNATURE}`],
  ],
  ["no ID", '<Signature BaseLoc="Sign_0/Signature.xml"/>', ["a signature without an ID"]],
  ["no BaseLoc", `${ROW}<Signature ID="2"/>`, ["signature 2 has no usable BaseLoc"]],
  [
    "BaseLoc above the root",
    `${ROW}<Signature ID="2" BaseLoc="../../../a.xml"/>`,
    ["signature 2 has no usable BaseLoc"],
  ],
])("list: %s", (_, rows, problems) => {
  expect(listed(rows)).toEqual(problems);
});

test.each([
  "",
  "<MaxSignId>1</MaxSignId>",
  "<MaxSignId>2</MaxSignId>",
  "<MaxSignId>001</MaxSignId>",
  "<MaxSignId>s006</MaxSignId>",
  "<MaxSignId>0</MaxSignId><MaxSignId>5</MaxSignId>",
  "<MaxSignId/>",
])("MaxSignId as in the wild: %j", (maximum) => {
  expect(listed(maximum + ROW)).toEqual([]);
  expect(listed(ROW + maximum)).toEqual([]);
});

test("MaxSignId below a plain ID is a lie; below another form nobody can say", () => {
  expect(listed(`<MaxSignId>0</MaxSignId>${ROW}`)).toEqual(["MaxSignId is below the ID of a signature"]);
  expect(listed('<MaxSignId>0</MaxSignId><Signature ID="s001" BaseLoc="Sign_0/Signature.xml"/>')).toEqual([]);
});

test("a list shared by two documents, and attachments named like a signature, are no strays", () => {
  const shared = bodyOfAll({ ...GOOD, "OFD.xml": `<OFD>${SIGNED}${SIGNED}</OFD>` });
  expect(shared.map(({ listProblems }) => listProblems)).toEqual([[], []]);
  const attached = {
    ...GOOD,
    "Doc_0/Document.xml": String(GOOD["Doc_0/Document.xml"]).replace(
      "</Pages>",
      "</Pages><Attachments>Attachs.xml</Attachments>",
    ),
    "Doc_0/Attachs.xml":
      '<Attachments><Attachment ID="1"><FileLoc>old/Signature.xml</FileLoc></Attachment></Attachments>',
    "Doc_0/old/Signature.xml": "<Signature/>",
  };
  expect(bodyOf(attached).listProblems).toEqual([]);
});

const bodyOfAll = (files: Files): readonly OfdBody[] => read(files).bodies;

test("a signature in a foreign namespace is not there", () => {
  const ofd = read({ ...GOOD, [LIST]: signatureList(ROW.replace("<Signature", '<e:Signature xmlns:e="urn:evil"')) });
  expect(only(ofd.bodies)).toMatchObject({ signatures: [] });
  expect(only(ofd.bodies).listProblems).not.toEqual([]);
  expect(ofd.foreign).toEqual([`/${LIST}: Signature`]);
});

test.each<[string, Files, string]>([
  ["Signature.xml missing", without(SIGNATURE), "Signature.xml is not in the package"],
  ["SignedValue missing", without("Doc_0/Signs/Sign_0/SignedValue.dat"), "SignedValue names nothing in the package"],
  ["Seal.esl missing", without("Doc_0/Signs/Sign_0/Seal.esl"), "BaseLoc names nothing in the package"],
  ["no SignedValue", edited(SIGNATURE, "<SignedValue>SignedValue.dat</SignedValue>", ""), "no SignedValue"],
  [
    "two SignedValues",
    edited(SIGNATURE, "<SignedValue>", "<SignedValue>a</SignedValue><SignedValue>"),
    "more than one SignedValue",
  ],
  ["two SignedInfos", edited(SIGNATURE, "<SignedInfo>", "<SignedInfo/><SignedInfo>"), "more than one SignedInfo"],
  [
    "no SignedInfo",
    { ...GOOD, [SIGNATURE]: "<Signature><SignedValue>SignedValue.dat</SignedValue></Signature>" },
    "no SignedInfo",
  ],
  ["two References", edited(SIGNATURE, "<References", "<References/><References"), "more than one References"],
  ["two Seals", edited(SIGNATURE, "<Seal>", "<Seal/><Seal>"), "more than one Seal"],
  ["another root", { ...GOOD, [SIGNATURE]: "<Other/>" }, "the file is no Signature"],
])("structure: %s", (_, files, problem) => {
  expect(signatureOf(files).problems).toContain(problem);
});

function without(path: string): Files {
  return Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== path));
}

test("a missing value or file is null or empty", () => {
  expect(signatureOf(without("Doc_0/Signs/Sign_0/SignedValue.dat")).signedValue).toBeNull();
  expect(signatureOf(without(SIGNATURE))).toMatchObject({ references: [], signedValue: null, stamps: [] });
});

const referring = (references: string, more: Files = {}): OfdSignature =>
  signatureOf({ ...signed(BASE, { references }), ...more });

test("no references: an empty list, and no problem of the structure", () => {
  expect(referring("")).toMatchObject({ references: [], problems: [] });
});

test.each([
  ["above the root", "/../OFD.xml"],
  ["not there", "/Doc_0/Gone.xml"],
  ["another case", "/ofd.xml"],
  ["a directory", "/Doc_0/"],
  ["a directory without a slash", "/Doc_0"],
  ["a backslash", "\\OFD.xml"],
  ["a query", "/OFD.xml?x"],
  ["nothing", ""],
  ["relative, found nowhere", "Gone.xml"],
])("FileRef %s: no path, and a problem", (_, fileRef) => {
  const signature = referring(reference(fileRef, "x"));
  expect(only(signature.references)).toEqual({ fileRef, path: null, checkValue: "x" });
  expect(signature.problems).toEqual([`FileRef ${fileRef} names nothing in the package`]);
  expect(signature.remarks).toEqual([]);
});

test.each([SIGNATURE, "Doc_0/Signs/Sign_0/SignedValue.dat"])("FileRef to the signature itself: %s", (path) => {
  expect(referring(reference(`/${path}`, "x")).problems).toEqual([`FileRef /${path} names the signature itself`]);
});

test("the list of signatures and the own Seal.esl may be covered", () => {
  const references = reference(`/${LIST}`, "x") + reference("/Doc_0/Signs/Sign_0/Seal.esl", "x");
  expect(referring(references).problems).toEqual([]);
});

test("a relative FileRef is taken when one reading of it names an entry", () => {
  const fromRoot = referring(reference(CONTENT, "x"));
  expect(fromRoot).toMatchObject({
    references: [{ path: `/${CONTENT}` }],
    problems: [],
    remarks: [{ code: "LENIENT_RELATIVE_REFERENCE" }],
  });
  const fromFile = referring(reference("../../Pages/Page_0/Content.xml", "x"));
  expect(fromFile).toMatchObject({ references: [{ path: `/${CONTENT}` }], problems: [] });
});

test("a relative FileRef with two readings is none", () => {
  const signature = referring(reference(CONTENT, "x"), { [`Doc_0/Signs/Sign_0/${CONTENT}`]: "<Page/>" });
  expect(signature).toMatchObject({ references: [{ path: null }], remarks: [] });
  expect(signature.problems).toHaveLength(1);
});

test.each([
  ["with one digest", "x", "x", "/OFD.xml is listed twice"],
  ["with two digests", "x", "y", "/OFD.xml is listed with two digests"],
])("one entry listed twice %s, in whatever spelling", (_, first, second, problem) => {
  for (const spelling of ["/OFD.xml", "/./OFD.xml", "/Doc_0/../OFD.xml", "OFD.xml"])
    expect(referring(reference("/OFD.xml", first) + reference(spelling, second)).problems).toEqual([problem]);
});

test.each([
  ["none", '<Reference FileRef="/OFD.xml"/>', ""],
  ["two", '<Reference FileRef="/OFD.xml"><CheckValue>a</CheckValue><CheckValue>b</CheckValue></Reference>', "a"],
  ["one with an element inside", '<Reference FileRef="/OFD.xml"><CheckValue>a<b/></CheckValue></Reference>', "a"],
])("CheckValue: %s", (_, references, checkValue) => {
  const signature = referring(references);
  expect(signature.problems).toEqual(["FileRef /OFD.xml has no single CheckValue"]);
  expect(only(signature.references).checkValue).toBe(checkValue);
});

test("CheckValue is verbatim, white space and all", () => {
  expect(only(referring(reference("/OFD.xml", " YQ==\n")).references).checkValue).toBe(" YQ==\n");
});

test("a comment inside a digest value is refused", () => {
  expect(refusalOf(signed(BASE, { references: reference("/OFD.xml", "YQ<!-- -->==") }))).toBe("XML_HOSTILE");
});

test("too many signatures are refused", () => {
  const rows = ROW.repeat(3);
  expect(refusalOf({ ...GOOD, [LIST]: signatureList(rows) }, { maxSignatures: 2 })).toBe("OFD_LIMIT");
  expect(refusalOf({ ...GOOD, [LIST]: signatureList(rows) }, { maxSignatures: 3 })).toBe("read");
});

test("problems are bounded and show no line breaks", () => {
  const many = Array.from({ length: 1000 }, (_, n) => reference(`/gone-${n}&#10;${"x".repeat(500)}`, "x")).join("");
  const { problems } = referring(many);
  expect(problems).toHaveLength(50);
  expect(Math.max(...problems.map((problem) => problem.length))).toBeLessThan(200);
  expect(problems.join("")).not.toMatch(/\n/);
});

test("many rows and references are read in bounded time", () => {
  const references = Array.from({ length: 50_000 }, (_, n) =>
    reference(n % 2 === 0 ? "/OFD.xml" : `${"a/../".repeat(20)}x${n}`, "x"),
  ).join("");
  const files = signed(BASE, { references });
  const zip = archive(files);
  const start = performance.now();
  expect(signatureOf(files).problems).toHaveLength(50);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(zip.length).toBeLessThan(1_000_000);
});
