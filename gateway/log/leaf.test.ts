import { createHash } from "node:crypto";
import { assert, property, string, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { checkCommitment, commit, COMMITTED, leafBytes, parseLeaf } from "./leaf.ts";

const ID = "019a0000-0000-7000-8000-00000000000a";
const TIME = "2026-11-21T08:00:00.000Z";
const salts = Buffer.from(Array.from({ length: 48 }, (_, at) => at));
const content = { request: "POST /v1/lookups\nsha256:00", record: '{"名":"张三"}', answer: "" };
const LEAF = leafBytes({ id: ID, time: TIME, salts, ...content });

const plainly = (what: string, salt: Uint8Array, text: string): string =>
  createHash("sha256").update(`tongyan/${what}/v1\n`).update(salt).update(text, "utf8").digest("base64");

test("the entry's bytes", () => {
  expect(LEAF.toString()).toBe(
    `{"id":"${ID}","time":"${TIME}",` +
      `"request":"${plainly("request", salts.subarray(0, 16), content.request)}",` +
      `"record":"${plainly("record", salts.subarray(16, 32), content.record)}",` +
      `"answer":"${plainly("answer", salts.subarray(32), "")}"}`,
  );
  expect(JSON.parse(LEAF.toString())).toEqual(parseLeaf(LEAF));
});

describe("a commitment", () => {
  const salt = salts.subarray(0, 16);

  test("is that of the definition, for any text", () => {
    assert(
      property(
        string({ unit: "binary", maxLength: 300 }),
        uint8Array({ minLength: 16, maxLength: 16 }),
        (text, salt) => {
          for (const what of COMMITTED) expect(commit(what, salt, text)).toBe(plainly(what, salt, text));
        },
      ),
    );
  });

  test.each([87_000, 87_400, 300_000])("of %i characters of three bytes", (length) => {
    const text = "验".repeat(length);
    expect(commit("answer", salt, text)).toBe(plainly("answer", salt, text));
  });

  test("holds for its content only", () => {
    const commitment = commit("record", salt, "a");
    expect(checkCommitment("record", salt, "a", commitment)).toBe(true);
    expect(checkCommitment("record", salt, "b", commitment)).toBe(false);
    expect(checkCommitment("record", salt, "a ", commitment)).toBe(false);
    expect(checkCommitment("answer", salt, "a", commitment)).toBe(false);
    expect(checkCommitment("record", salts.subarray(1, 17), "a", commitment)).toBe(false);
    expect(checkCommitment("record", salts.subarray(0, 17), "a", commitment)).toBe(false);
    expect(checkCommitment("record", salt, "a", commitment.replace(/=$/, ""))).toBe(false);
  });

  test("half a surrogate pair is not taken for the sign that stands in its place", () => {
    expect(checkCommitment("record", salt, "\uD800", commit("record", salt, "\uFFFD"))).toBe(false);
  });

  test("needs a whole salt", () => {
    expect(() => commit("record", salts.subarray(0, 15), "")).toThrow(RangeError);
    expect(() => leafBytes({ id: ID, time: TIME, salts: salts.subarray(0, 47), ...content })).toThrow(RangeError);
  });
});

describe("an entry of another form is none", () => {
  const text = LEAF.toString();
  test.each([
    ["nothing", ""],
    ["JSON with spaces", text.replaceAll(",", ", ")],
    ["members in another order", JSON.stringify({ time: TIME, ...JSON.parse(text) })],
    ["a member more", text.replace("}", ',"more":1}')],
    ["a member twice", text.replace(`"time"`, `"time":"${TIME}","time"`)],
    ["a member less", text.replace(`"time":"${TIME}",`, "")],
    ["an id in capitals", text.replace(ID, ID.toUpperCase())],
    ["an id without hyphens", text.replace(ID, ID.replaceAll("-", ""))],
    ["a time without milliseconds", text.replace(".000Z", "Z")],
    ["a time with an offset", text.replace("Z", "+00:00")],
    ["a day that is none", text.replace("2026-11-21", "2026-11-31")],
    ["an hour that is none", text.replace("T08", "T25")],
    ["24 o'clock", text.replace("T08", "T24")],
    ["a shorter commitment", text.replace(/"request":"./, '"request":"')],
    ["a commitment with bits left over", text.replace(/.="}$/, '9="}')],
    ["a newline after it", `${text}\n`],
    ["a space before it", ` ${text}`],
    ["a byte-order mark", `\uFEFF${text}`],
  ])("%s", (_, bad) => {
    expect(bad).not.toBe(text);
    expect(() => parseLeaf(Buffer.from(bad))).toThrow(expect.objectContaining({ code: "LEAF_MALFORMED" }));
  });

  test("whichever byte is changed, it is none or another one", () => {
    for (let at = 0; at < LEAF.length; at++) {
      const changed = Buffer.from(LEAF);
      changed[at] = (changed[at] ?? 0) ^ 0x80;
      expect(() => parseLeaf(changed)).toThrow(expect.objectContaining({ code: "LEAF_MALFORMED" }));
    }
  });
});
