import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PrivateFileError, readPrivateFile, writePrivateFile } from "./private-file.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-private-"));
afterAll(() => rmSync(home, { recursive: true }));
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test("what is written is for its owner alone, in a directory of its own, and nothing is left beside it", () => {
  const file = join(home, "deep", "keys", "one");
  writePrivateFile(file, "text");
  writePrivateFile(file, "other text");
  expect(readPrivateFile(file, 100)).toBe("other text");
  expect([modeOf(file), modeOf(join(home, "deep", "keys"))]).toEqual(["600", "700"]);
  expect(readdirSync(join(home, "deep", "keys"))).toEqual(["one"]);
});

test("a part left by a crash, open to all, is not written into", () => {
  const file = join(home, "two");
  writeFileSync(`${file}.${process.pid}.part`, "old", { mode: 0o666 });
  chmodSync(`${file}.${process.pid}.part`, 0o666);
  writePrivateFile(file, "new");
  expect([readPrivateFile(file, 100), modeOf(file)]).toEqual(["new", "600"]);
});

test.each([0o604, 0o602, 0o644, 0o777])("mode %o is refused", (mode) => {
  const file = join(home, `open-${mode}`);
  writeFileSync(file, "text");
  chmodSync(file, mode);
  expect(() => readPrivateFile(file, 100)).toThrow(PrivateFileError);
});

test("a group of the same service may read", () => {
  const file = join(home, "group");
  writeFileSync(file, "text");
  chmodSync(file, 0o640);
  expect(readPrivateFile(file, 100)).toBe("text");
});

test("neither directories nor large files are read", () => {
  mkdirSync(join(home, "directory"), { mode: 0o700 });
  expect(() => readPrivateFile(join(home, "directory"), 100)).toThrow("it is no file");
  writePrivateFile(join(home, "large"), "");
  truncateSync(join(home, "large"), 2 ** 40);
  expect(() => readPrivateFile(join(home, "large"), 100)).toThrow("larger than 100 bytes");
});
