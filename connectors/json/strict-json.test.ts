import { expect, test } from "vitest";
import { assert, jsonValue, property } from "fast-check";
import { type Json, parseJson } from "./strict-json.ts";
import { codeOf } from "./test-questions.ts";

const parse = (text: string): Json => parseJson(Buffer.from(text, "utf8"));

/** Back to what JSON.parse gives. */
function plain(value: Json): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === "object" && value !== null && "digits" in value ? Number(value.digits) : value;
}

test.each([
  '{"a":{"b":[1,true,false,null,"x"]}}',
  ' \t\r\n{ "a" : [ ] } ',
  '"\\u00e9\\n\\"\\\\\\/"',
  "[]",
  "{}",
  '""',
  "0",
])("%s is read as JSON.parse does", (text) => {
  expect(plain(parse(text))).toEqual(JSON.parse(text));
});

test("so is whatever JSON.stringify writes", () => {
  const fits = (value: unknown): boolean => {
    const text = JSON.stringify(value);
    return text.isWellFormed() && !/\\ud[89a-f]/i.test(text);
  };
  assert(
    property(jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value);
      if (fits(value)) expect(JSON.stringify(plain(parse(text)))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
});

test.each(["12345678901234567890", "0.10", "-0", "1e400", "1E-2", "123456789012345678.900"])(
  "the number %s keeps its digits",
  (digits) => {
    expect(parse(`[${digits}]`)).toEqual([{ digits }]);
  },
);

test("a byte order mark is passed over", () => {
  expect(parse("\ufeff[]")).toEqual([]);
});

test("names mean nothing to this process", () => {
  const read = parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3}');
  expect(read instanceof Map && [...read.keys()]).toEqual(["__proto__", "constructor", "toString"]);
  expect("polluted" in {}).toBe(false);
});

test("32 levels are read", () => {
  expect(parse("[".repeat(32) + "]".repeat(32))).toBeInstanceOf(Array);
});

test.each([
  ["33 levels", "[".repeat(33) + "]".repeat(33)],
  ["a million levels", "[".repeat(1_000_000)],
  ["a name twice", '{"holderName":"a","holderName":"b"}'],
  ["a name twice, once escaped", '{"a":1,"\\u0061":2}'],
  ["half a surrogate pair", '["\\ud83d"]'],
  ["a name that is half a surrogate pair", '{"\\udc00":1}'],
  ["nothing", ""],
  ["blanks", "  "],
  ["two values", "1 2"],
  ["a comma too many in a list", "[1,]"],
  ["a comma too many in an object", '{"a":1,}'],
  ["no comma", "[1 2]"],
  ["no colon", '{"a" 1}'],
  ["a name without quotes", "{a:1}"],
  ["single quotes", "['a']"],
  ["a comment", "[1] // one"],
  ["a leading zero", "[01]"],
  ["a leading plus", "[+1]"],
  ["a point without digits", "[1.]"],
  ["hexadecimal", "[0x10]"],
  ["NaN", "[NaN]"],
  ["Infinity", "[-Infinity]"],
  ["a word cut short", "[tru"],
  ["a word too long", "[nullx]"],
  ["a text without its end", '["abc'],
  ["a text that ends in a backslash", '["abc\\'],
  ["a control character", '["a\u0001b"]'],
  ["a line break in a text", '["a\nb"]'],
  ["an unknown escape", '["\\x41"]'],
  ["a short escape", '["\\u12"]'],
  ["a no-break space between values", "[1,\u00a02]"],
  ["HTML", "<html><body>502 Bad Gateway</body></html>"],
])("%s is refused", async (_what, text) => {
  expect(await codeOf(() => parse(text))).toBe("SOURCE_MALFORMED");
});

test.each([
  ["GBK", Buffer.from([0x22, 0xd5, 0xc5, 0xc8, 0xfd, 0x22])],
  ["an overlong form", Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
  ["a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["UTF-16", Buffer.from("[1]", "utf16le")],
])("%s is refused", async (_what, bytes) => {
  expect(await codeOf(() => parseJson(bytes))).toBe("SOURCE_MALFORMED");
});

test("no error quotes the text", () => {
  expect(() => parse('{"holderCode":"440524188001010014" "x"}')).toThrow(/^(?!.*440524)/);
});
