import { array, assert, constantFrom, jsonValue, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "#gateway/fault.ts";
import { MAX_DEPTH, parseStrictJson } from "./strict-json.ts";

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));

function refusal(bytes: Buffer | string): string {
  try {
    parseStrictJson(Buffer.from(bytes));
  } catch (error) {
    if (error instanceof Fault) return `${error.code} ${error.detail}`;
    throw error;
  }
  return "accepted";
}

/** An object of forty members and one more. */
const manyNames = (name: string): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`n${at}`, at]))).replace(
    "}",
    `,"${name}":1}`,
  );
const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

describe("JSON that can be read in one way only is read as everybody reads it", () => {
  test.each([
    "null",
    "true",
    " \t\r\n[ ] \n",
    "{}",
    '{"a":{"b":[1,-2,3.5,{"c":null}]},"d":false}',
    '"\\u0041\\n\\"\\\\\\/\\ud83d\\ude00"',
    '"皖(2026)合肥市不动产权第0000001号 😀"',
    '{"\\"":1,"a\\\\":"\\\\","b":"x\\\\"}',
    '{"toString":1,"hasOwnProperty":2,"__proto":3,"Constructor":4}',
    '{"2":1,"1":2,"":3}',
    "[0,-0,0.1,123456789012345,9007199254740991,-9007199254740991,1e21,1E+2,1.50,100000000000000000000,5e-324,0e999]",
    nested(MAX_DEPTH),
    manyNames("n40"),
  ])("%s", (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  test("whatever JSON.stringify writes", () => {
    assert(
      property(jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        const isPlain = !/"(?:__proto__|constructor|prototype)":/.test(text) && text.isWellFormed();
        if (isPlain && !/\\ud[89a-f]/i.test(text)) expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test("no text that others refuse, and none that they read in another way", () => {
    const pieces = ["{", "}", "[", "]", ",", ":", '"', "\\", '"a"', '"b"', "1", "0", "-", ".", "e", "true", "nul", " "];
    assert(
      property(array(constantFrom(...pieces), { maxLength: 12 }), (chosen) => {
        const text = chosen.join("");
        if (refusal(text) === "accepted") expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("everything else is refused, with its place", () => {
  test.each([
    ["a member twice", '{"a":1,"a":1}', "body: member 'a' twice"],
    ["twice by an escape", '{"a":1,"\\u0061":2}', "body: member 'a' twice"],
    ["twice, deep within", '{"a":[{},{"b":{"c":1,"c":2}}]}', "body/a/1/b: member 'c' twice"],
    [
      "twice, with a name that is somebody's number",
      '{"11010519491231002X":1,"11010519491231002X":2}',
      "body: a member twice",
    ],
    ["the first of many again", manyNames("n0"), "body: member 'n0' twice"],
    ["the last of many again", manyNames("n39"), "body: member 'n39' twice"],
    ["__proto__", '{"__proto__":{"a":1}}', "body: a member name that is not allowed"],
    ["__proto__ by an escape", '{"__\\u0070roto__":{}}', "body: a member name that is not allowed"],
    ["constructor", '{"a":{"constructor":1}}', "body/a: a member name that is not allowed"],
    ["prototype", '[{"prototype":1}]', "body/0: a member name that is not allowed"],
    ["a lone high surrogate", '{"a":"\\ud83d"}', "body/a: half of a surrogate pair"],
    ["a lone low surrogate", '["\\ude00x"]', "body/0: half of a surrogate pair"],
    ["one in a name", '{"\\ud800":1}', "body: half of a surrogate pair"],
    ["a pair the wrong way round", '["\\ude00\\ud83d"]', "body/0: half of a surrogate pair"],
    ["a byte order mark", "\ufeff{}", "body: a byte order mark"],
    ["2^53 + 1", '{"a":9007199254740993}', "body/a: a number that would be rounded"],
    ["a number beyond all", "[1e309]", "body/0: a number that would be rounded"],
    ["a number below all", "[1e-400]", "body/0: a number that would be rounded"],
    ["more digits than a double has", "[0.10000000000000000001]", "body/0: a number that would be rounded"],
    ["one level too deep", nested(MAX_DEPTH + 1), `body/${"0/".repeat(MAX_DEPTH - 1)}0: deeper than`],
    ["ten thousand levels", nested(10_000), "deeper than"],
    ["ten thousand levels of objects", '{"a":'.repeat(10_000), "deeper than"],
    ["nothing", "", "body: is empty"],
    ["space alone", "  ", "body: ends too early"],
    ["two values", "{} {}", "body: more after its end"],
    ["a trailing comma", '{"a":1,}', "body: no member name"],
    ["one in an array", "[1,]", "body/1: no value"],
    ["a comment", '{"a":1 /* x */}', "body: neither comma nor end of the object"],
    ["a name without quotes", "{a:1}", "body: no member name"],
    ["single quotes", "{'a':1}", "body: no member name"],
    ["a missing colon", '{"a" 1}', "body/a: no colon"],
    ["a missing comma", "[1 2]", "body: neither comma nor end of the array"],
    ["an open object", '{"a":1', "body: ends too early"],
    ["an open array", "[1", "body: ends too early"],
    ["an open text", '{"a":"x', "body/a: a text without end"],
    ["an open text after an escape", '["\\"', "body/0: a text without end"],
    ["a leading zero", "[01]", "body: neither comma nor end of the array"],
    ["a leading plus", "[+1]", "body/0: no value"],
    ["a bare point", "[1.]", "body: neither comma nor end of the array"],
    ["hexadecimal", "[0x1]", "body: neither comma nor end of the array"],
    ["NaN", "[NaN]", "body/0: no value"],
    ["a capital literal", "[True]", "body/0: no value"],
    ["half a literal", "[nul]", "body/0: no value"],
    ["an unknown escape", '["\\x41"]', "body/0: a text with a control character or an unknown escape"],
    ["a line end in a text", '["a\nb"]', "body/0: a text with a control character or an unknown escape"],
    ["NUL in a text", '["\u0000"]', "body/0: a text with a control character or an unknown escape"],
    ["a space that JSON does not know", "[\u00a01]", "body/0: no value"],
  ])("%s", (_what, text, detail) => {
    expect(refusal(text)).toMatch(/^INVALID_REQUEST body/);
    expect(refusal(text)).toContain(detail);
  });

  test.each([
    ["a byte alone", [0xff]],
    ["an overlong form", [0xc0, 0xaf]],
    ["a surrogate as UTF-8", [0xed, 0xa0, 0x80]],
    ["a character cut short", [0xe4, 0xb8]],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
  ])("%s is not UTF-8", (_what, bytes) => {
    const text = Buffer.concat([Buffer.from('["'), Buffer.from(bytes), Buffer.from('"]')]);
    expect(refusal(text)).toBe("INVALID_REQUEST body: not UTF-8");
  });

  test("UTF-16 is not UTF-8", () => {
    expect(refusal(Buffer.from('{"a":"中"}', "utf16le"))).toContain("INVALID_REQUEST");
  });

  test("nothing of what was sent comes back", () => {
    expect(refusal('{"张三":{"440524188001010014":tru}}')).toBe("INVALID_REQUEST body/?/?: no value");
  });
});

test("a name of the prototype is a name like any other, and nobody's prototype changes", () => {
  const value = parse('{"valueOf":1,"isPrototypeOf":{"a":2}}') as Record<string, unknown>;
  expect(Object.keys(value)).toEqual(["valueOf", "isPrototypeOf"]);
  expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
});

test("a number of any length is read or refused in a time that its length bounds", () => {
  const zeros = "0".repeat(200_000);
  expect(() => parse(`{"a":1.${zeros}1}`)).toThrow();
  expect(() => parse(`{"a":1${zeros}}`)).toThrow();
  expect(parse(`{"a":1.${"0".repeat(50)}}`)).toEqual({ a: 1 });
});
