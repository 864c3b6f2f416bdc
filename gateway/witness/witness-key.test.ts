import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWitnessKey } from "./witness-key.ts";
import { openWitnessMemory, type WitnessMemory } from "./witness-memory.ts";

const NAME = "witness.example/w1";

let directory: string;
let memory: WitnessMemory;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "witness-"));
  memory = openWitnessMemory(directory);
});
afterEach(() => {
  memory.close();
  rmSync(directory, { recursive: true });
});

const reopen = (name = NAME) => {
  memory.close();
  memory = openWitnessMemory(directory);
  return openWitnessKey(directory, name, memory);
};
const refuses = (reason: string, name = NAME) => expect(() => reopen(name)).toThrow(reason);

test("the key is made once, for its owner only", () => {
  const { vkey } = reopen();
  expect(reopen().vkey).toBe(vkey);
  expect(statSync(join(directory, "witness.key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(directory, "witness.key"), "utf8")).toContain("PRIVATE KEY");
});

test("a key whose memory is gone is not used: it could sign a second history", () => {
  reopen();
  memory.close();
  rmSync(join(directory, "witness.sqlite"));
  memory = openWitnessMemory(directory);
  refuses("what it has signed is forgotten");
  refuses("what it has signed is forgotten");
});

test("so is one whose memory is empty", () => {
  reopen();
  memory.close();
  truncateSync(join(directory, "witness.sqlite"));
  memory = openWitnessMemory(directory);
  refuses("what it has signed is forgotten");
});

test("a memory whose key is gone makes no new one under the same name", () => {
  reopen();
  rmSync(join(directory, "witness.key"));
  refuses("it is gone");
});

test("neither another name nor another's key is taken", () => {
  reopen();
  refuses(`this witness is called ${NAME}`, "witness.example/w2");
  const second = mkdtempSync(join(tmpdir(), "witness-"));
  const foreign = openWitnessMemory(second);
  openWitnessKey(second, NAME, foreign);
  foreign.close();
  rmSync(join(directory, "witness.key"));
  memory.close();
  memory = openWitnessMemory(directory);
  const stolen = readFileSync(join(second, "witness.key"));
  rmSync(second, { recursive: true });
  writeFileSync(join(directory, "witness.key"), stolen, { mode: 0o600 });
  expect(() => openWitnessKey(directory, NAME, memory)).toThrow("it is another's");
});

test("a first start that was cut off at any point goes on", () => {
  memory.setOwner({ name: NAME, keyId: null });
  const { vkey } = reopen();
  memory.setOwner({ name: NAME, keyId: null });
  expect(reopen().vkey).toBe(vkey);
});

test("a key that everybody can read is not used", () => {
  reopen();
  chmodSync(join(directory, "witness.key"), 0o644);
  refuses("every user of this machine can reach it");
});

test("a second process is kept out", () => {
  expect(() => openWitnessMemory(directory)).toThrow("another process holds it");
});

test("a file that is no database is refused", () => {
  memory.close();
  const file = join(directory, "witness.sqlite");
  truncateSync(file, 100);
  expect(() => openWitnessMemory(directory)).toThrow(file);
  rmSync(file);
  memory = openWitnessMemory(directory);
});
