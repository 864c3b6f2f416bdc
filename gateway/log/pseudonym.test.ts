import { createHmac } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert, property, string } from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPseudonymKey, openPseudonyms, pseudonymsBy } from "./pseudonym.ts";

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "pseudonym-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const key = Buffer.alloc(32, 7).toString("base64url");
const hmac = (text: string): string => createHmac("sha256", Buffer.alloc(32, 7)).update(text).digest("base64url");

test("it is HMAC-SHA256 of the text's UTF-8", () => {
  const pseudonym = pseudonymsBy(key);
  const texts = string({ unit: "binary", maxLength: 3000 });
  assert(property(texts, (text) => pseudonym(text) === hmac(text)));
  // A short text after a long one, and at the bound of what is kept ready.
  for (const length of [4000, 0, 1, 341, 342, 1024, 1025])
    expect(pseudonym("证".repeat(length))).toBe(hmac("证".repeat(length)));
});

test("the key is made once, private, and used again", () => {
  const pseudonym = openPseudonyms(directory)("110105180001010003");
  expect(openPseudonyms(directory)("110105180001010003")).toBe(pseudonym);
  expect(openPseudonyms(directory)("110105180001010004")).not.toBe(pseudonym);
  expect(statSync(join(directory, "pseudonym.key")).mode & 0o777).toBe(0o600);
});

test("a key that everybody can read, or that is none, is not used", () => {
  const file = join(directory, "pseudonym.key");
  writeFileSync(file, "short", { mode: 0o600 });
  expect(() => openPseudonymKey(directory)).toThrow("does not hold a key");
  writeFileSync(file, key);
  chmodSync(file, 0o644);
  expect(() => openPseudonymKey(directory)).toThrow("every user");
});
