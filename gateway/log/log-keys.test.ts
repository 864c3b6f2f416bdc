import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { logKeysOf, openLogKeys } from "./log-keys.ts";
import { openNote, signNote } from "./tlog/signed-note.ts";
import { readVerifierKey } from "./tlog/verifiers.ts";

const ORIGIN = "tongyan.example/log/00000001";
const TEXT = `${ORIGIN}\n0\nroot\n`;
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "log-keys-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("made once, private, and the same afterwards", () => {
  const { vkeys } = openLogKeys(directory, ORIGIN);
  expect(readdirSync(directory).sort()).toEqual(["log-ed25519.key", "log-sm2.key"]);
  for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  expect(openLogKeys(directory, ORIGIN).vkeys).toEqual(vkeys);
  expect(vkeys.map((vkey) => readVerifierKey(vkey).algorithm)).toEqual(["Ed25519", "SM2"]);
});

test("both lines are signed, and by the same keys in another thread", () => {
  const { vkeys, texts } = openLogKeys(directory, ORIGIN);
  const again = logKeysOf(structuredClone(texts));
  const verifiers = vkeys.map((vkey) => readVerifierKey(vkey).verifier);
  expect(openNote(signNote(TEXT, again.signers), verifiers).verified).toHaveLength(2);
  expect(again.vkeys).toEqual(vkeys);
});

test("other logs have other keys", () => {
  const { vkeys } = openLogKeys(directory, ORIGIN);
  const other = openLogKeys(join(directory, "other"), ORIGIN);
  const verifiers = vkeys.map((vkey) => readVerifierKey(vkey).verifier);
  expect(() => openNote(signNote(TEXT, other.signers), verifiers)).toThrow(
    expect.objectContaining({ code: "NOTE_UNSIGNED" }),
  );
});

const pem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

test.each([
  ["an Ed25519 key for the SM2 one", "log-sm2.key", () => pem(generateKeyPairSync("ed25519").privateKey)],
  [
    "a P-256 key for the SM2 one",
    "log-sm2.key",
    () => pem(generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey),
  ],
  [
    "an SM2 key for the Ed25519 one",
    "log-ed25519.key",
    () => pem(generateKeyPairSync("ec", { namedCurve: "SM2" }).privateKey),
  ],
  ["nothing", "log-ed25519.key", () => ""],
  ["half a key", "log-sm2.key", () => pem(generateKeyPairSync("ec", { namedCurve: "SM2" }).privateKey).slice(0, 90)],
  ["far too much", "log-ed25519.key", () => "x".repeat(5000)],
])("%s: the file is named, nothing of it shown, and it is not replaced", (_, file, text) => {
  openLogKeys(directory, ORIGIN);
  writeFileSync(join(directory, file), text(), { mode: 0o600 });
  const before = statSync(join(directory, file)).mtimeMs;
  expect(() => openLogKeys(directory, ORIGIN)).toThrow(expect.objectContaining({ name: "ConfigError" }));
  expect(() => openLogKeys(directory, ORIGIN)).toThrow(file);
  expect(statSync(join(directory, file)).mtimeMs).toBe(before);
});

test("a key that everybody can read is not used", () => {
  openLogKeys(directory, ORIGIN);
  chmodSync(join(directory, "log-ed25519.key"), 0o644);
  expect(() => openLogKeys(directory, ORIGIN)).toThrow(/chmod 600/);
});
