import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { SettingsError } from "#connectors/settings.ts";
import { secretsIn } from "./secrets.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-secrets-"));
const directory = join(home, "secrets");
mkdirSync(directory);
const write = (name: string, text: string, mode = 0o600): void => {
  writeFileSync(join(directory, name), text);
  chmodSync(join(directory, name), mode);
};
writeFileSync(join(home, "outside"), "not yours", { mode: 0o600 });
afterAll(() => rmSync(home, { recursive: true }));
const secret = secretsIn(directory);

test.each([
  ["s3cret", "s3cret"],
  ["s3cret\n", "s3cret"],
  ["s3cret\r\n", "s3cret"],
  ["a\nb\n\n", "a\nb\n"],
  [" with spaces ", " with spaces "],
])("%j is %j", (text, value) => {
  write("one", text);
  expect(secret("one")).toBe(value);
});

test("a replaced secret counts at once", () => {
  write("two", "old");
  expect(secret("two")).toBe("old");
  write("two", "new");
  expect(secret("two")).toBe("new");
});

test.each(["../outside", "..", ".", "/etc/passwd", "a/b", "a\\b", "", ".hidden", "a\0b", "x".repeat(65), "两"])(
  "the name %j leads nowhere",
  (name) => expect(() => secret(name)).toThrow(SettingsError),
);

test("errors name the secret, not its content or its place", () => {
  write("open", "MARK-content", 0o644);
  write("empty", "\n");
  write("large", "MARK-content".repeat(10_000));
  mkdirSync(join(directory, "folder"));
  const messages = ["open", "empty", "large", "folder", "absent"].map((name) => {
    try {
      return `no error for ${secret(name)}`;
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      return String(error);
    }
  });
  expect(messages).toEqual([
    expect.stringMatching(/secret open: every user of this machine can reach it/),
    expect.stringMatching(/secret empty: it is empty/),
    expect.stringMatching(/secret large: it is larger than/),
    expect.stringMatching(/secret folder: it is no file/),
    expect.stringMatching(/secret absent: there is none/),
  ]);
  expect(messages.join()).not.toMatch(new RegExp(`MARK|${home}`));
});
