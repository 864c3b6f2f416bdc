import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { SHIPPED_SET } from "./policies.ts";
import { PolicyError } from "./policy-error.ts";
import { buildPolicySet, digestOf, readPolicyFiles } from "./policy-set.ts";

const shipped = readPolicyFiles(SHIPPED_SET);
const schema = shipped.get("schema.cedarschema") ?? "";
const build = (text: string, more: Readonly<Record<string, string>> = {}) =>
  buildPolicySet("test", new Map(Object.entries({ "a.cedar": text, ...more, "schema.cedarschema": schema })));

const TEXTS = '@code("A_CODE") @zh("原因。") @en("Reason.")';
const VERIFY = `@id("verify") ${TEXTS} @plan("verification") permit (principal, action == Action::"verify", resource);`;
const FORBID = `@id("never") ${TEXTS} forbid (principal, action == Action::"verify", resource);`;
const field = (annotations: string, condition = "") =>
  `@id("field") ${TEXTS} ${annotations} permit (principal, action == Action::"lookup-field", resource) ${condition};`;
const asked = (annotations: string, action = "lookup") =>
  `@id("ask") ${TEXTS} ${annotations} permit (principal, action == Action::"${action}", resource);`;

const problemOf = (text: string, more?: Readonly<Record<string, string>>): string => {
  try {
    build(text, more);
  } catch (error) {
    if (error instanceof PolicyError) return error.message;
    throw error;
  }
  return "none";
};

describe("a set is refused, with file and rule, for", () => {
  test.each([
    ["text that is no policy", "permit (principal, action, resource) whn {};", /^a\.cedar: .*whn/],
    ["an empty file", "// nothing yet", /^a\.cedar: holds no policy/],
    ["a template", `@id("t") ${TEXTS} forbid (principal == ?principal, action, resource);`, /^a\.cedar: templates/],
    ["no @id", `${TEXTS} forbid (principal, action, resource);`, /a policy needs an @id/],
    ["a strange @id", FORBID.replace("never", "Never say"), /a policy needs an @id/],
    ["one @id twice", `${FORBID} ${FORBID.replace("原因", "另一原因")}`, /rule never: the @id stands in a\.cedar too/],
    ["no @code", FORBID.replace('@code("A_CODE")', ""), /rule never: @code/],
    ["a @code in small letters", FORBID.replace("A_CODE", "a-code"), /rule never: @code/],
    ["no @zh", FORBID.replace('@zh("原因。")', ""), /rule never: @zh/],
    ["an empty @zh", FORBID.replace("原因。", " "), /rule never: @zh/],
    ["English for @zh", FORBID.replace("原因。", "Reason."), /rule never: @zh/],
    ["no @en", FORBID.replace('@en("Reason.")', ""), /rule never: @en/],
    ["a place in the text that nothing fills", FORBID.replace("Reason.", "By {principal}."), /\{legalBasis\}/],
    ["an unknown annotation", FORBID.replace("@zh", '@note("x") @zh'), /@note: a forbid obliges to nothing/],
    ["an unknown duty", asked('@log("twice")'), /rule ask: @log is no annotation/],
    ["a duty by an inherited name", asked('@constructor("x")'), /rule ask: @constructor is no annotation/],
    ["an unknown value of a duty", asked('@notify("police")'), /rule ask: @notify\("police"\)/],
    ["a value where none belongs", asked('@watermark("no")'), /rule ask: @watermark\("no"\)/],
    ["a duty without its value", asked("@quota"), /rule ask: @quota\(""\)/],
    [
      "a duty that cannot be carried out there",
      asked('@quota("grant") @plan("verification")', "administer"),
      /for administer/,
    ],
    ["a duty of a forbid", FORBID.replace("@zh", '@quota("grant") @zh'), /@quota: a forbid obliges to nothing/],
    ["an unknown treatment", field('@treatment("hash")'), /rule field: @treatment\("hash"\)/],
    ["an unknown method", field('@treatment("mask:everything")'), /rule field: @treatment/],
    ["an unknown generalisation", field('@treatment("generalise:street")'), /rule field: @treatment/],
    ["a treatment without its method", field('@treatment("generalise")'), /rule field: @treatment/],
    ["a treatment of what is no field", asked('@treatment("give")'), /rule ask: @treatment is for fields only/],
    ["a field given without a treatment", field(""), /rule field: a permit for fields needs a @treatment/],
    ["a verification without a plan", VERIFY.replace('@plan("verification")', ""), /rule verify: a permit of verify/],
    ["an unknown plan", VERIFY.replace('"verification"', '"everything"'), /rule verify: @plan\("everything"\)/],
    [
      "a permit of every action",
      `@id("all") ${TEXTS} permit (principal, action, resource);`,
      /rule all: a permit names/,
    ],
    ["an unknown action", asked("", "browse"), /^a\.cedar, rule ask: /],
    ["an unknown attribute", field('@treatment("give")', "when { resource.colour == 1 }"), /rule field: .*colour/],
    [
      "a misspelt class",
      field('@treatment("give")', 'when { resource.classification == FieldClass::"pubic" }'),
      /rule field: /,
    ],
    ["a comparison of two kinds", field('@treatment("give")', "when { resource.name == 1 }"), /rule field: /],
    [
      "an attribute that may be missing",
      field('@treatment("give")', "when { context.purpose.consent }"),
      /rule field: .*purpose/,
    ],
    ["a condition that never holds", `${FORBID.slice(0, -1)} when { false };`, /rule never: /],
    [
      "a text that hides what it is",
      FORBID.replace("resource)", 'resource) when { principal == Client::"\u202Ea" }'),
      /bidi/i,
    ],
  ])("%s", (_, text, problem) => expect(problemOf(text)).toMatch(problem));

  test("an @id that stands in another file", () => {
    expect(problemOf(FORBID, { "b.cedar": FORBID })).toBe("b.cedar, rule never: the @id stands in a.cedar too");
  });

  test("a broken schema, or none", () => {
    expect(() => buildPolicySet("test", new Map([["a.cedar", FORBID]]))).toThrow(/no schema/);
    const broken = new Map([
      ["a.cedar", FORBID],
      ["schema.cedarschema", "entity {"],
    ]);
    expect(() => buildPolicySet("test", broken)).toThrow(/^schema\.cedarschema: /);
    expect(() => buildPolicySet("test", new Map([["schema.cedarschema", schema]]))).toThrow(/no policy/);
  });
});

describe("a set is taken with", () => {
  test.each([
    [
      "every treatment",
      ["give", "mask", "mask:name", "generalise:month", "match-only", "withhold", "blot"]
        .map((treatment, at) => field(`@treatment("${treatment}")`).replace('"field"', `"field-${at}"`))
        .join("\n"),
    ],
    ["every duty", `${asked('@quota("grant") @watermark @notify("provider") @second_approver')} ${VERIFY}`],
    ["a duty alone on a field", field("@second_approver")],
    ["a forbid of every action", `@id("none") ${TEXTS} forbid (principal, action, resource);`],
    ["the legal basis", FORBID.replace("原因。", "依据{legalBasis}。")],
    ["a basis", FORBID.replace("@zh", '@basis("条例第十五条") @zh')],
  ])("%s", (_, text) => expect(problemOf(text)).toBe("none"));

  test("its rules in the order of files and of text", () => {
    const many = (file: string) =>
      Array.from({ length: 12 }, (_, at) => FORBID.replace('"never"', `"never-${file}-${at}"`)).join("\n");
    const { rules } = build(many("a"), { "b.cedar": many("b") });
    expect(rules.map(({ id }) => id)).toEqual(
      ["a", "b"].flatMap((file) => Array.from({ length: 12 }, (_, at) => `never-${file}-${at}`)),
    );
  });
});

describe("the files of a set", () => {
  test("are *.cedar and the schema; what an editor leaves beside them is not", () => {
    const directory = mkdtempSync(join(tmpdir(), "tongyan-set-"));
    for (const name of ["b.cedar", "a.cedar", ".#a.cedar", "a.cedar~", "notes.md", "schema.cedarschema"]) {
      writeFileSync(join(directory, name), name);
    }
    expect([...readPolicyFiles(directory).keys()]).toEqual(["a.cedar", "b.cedar", "schema.cedarschema"]);
    writeFileSync(join(directory, "a.cedar"), Uint8Array.of(0xff, 0xfe));
    expect(() => readPolicyFiles(directory)).toThrow(/^a\.cedar: cannot be read as UTF-8/);
    rmSync(join(directory, "a.cedar"));
    mkdirSync(join(directory, "a.cedar"));
    expect(() => readPolicyFiles(directory)).toThrow(PolicyError);
    rmSync(join(directory, "a.cedar"), { recursive: true });
    writeFileSync(join(directory, "a.cedar"), " ".repeat(4_000_001));
    expect(() => readPolicyFiles(directory)).toThrow(/too large/);
    rmSync(directory, { recursive: true });
    expect(() => readPolicyFiles(directory)).toThrow(PolicyError);
  });

  test("make the digest, names and schema included", () => {
    const files = new Map([
      ["a.cedar", "x"],
      ["schema.cedarschema", "y"],
    ]);
    const digests = [
      files,
      new Map([
        ["b.cedar", "x"],
        ["schema.cedarschema", "y"],
      ]),
      new Map([
        ["a.cedar", "xy"],
        ["schema.cedarschema", ""],
      ]),
      new Map([
        ["a.cedar", "x"],
        ["schema.cedarschema", "z"],
      ]),
    ].map(digestOf);
    expect(new Set(digests).size).toBe(4);
    expect(digestOf(new Map(files))).toBe(digests[0]);
  });
});
