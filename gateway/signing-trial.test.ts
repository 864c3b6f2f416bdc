import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openGatewayKey } from "./clients/gateway-key.ts";
import { openLogKeys } from "./log/log-keys.ts";
import type { LogState } from "./log/exchange-log.ts";
import { formatCheckpoint } from "./log/tlog/checkpoint.ts";
import { addSignatures, signNote } from "./log/tlog/signed-note.ts";
import { tryGatewayKey, tryLogKeys } from "./signing-trial.ts";

const directory = mkdtempSync(join(tmpdir(), "signing-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("the gateway's key", () => {
  const key = openGatewayKey(join(directory, "gateway"));
  const other = openGatewayKey(join(directory, "other"));

  test("signs what its public half verifies", async () => {
    await expect(tryGatewayKey(key)).resolves.toBeUndefined();
  });

  test.each([
    ["whose public half is another's", { ...key, jwks: other.jwks }],
    ["whose public half is not there", { ...key, jwks: () => ({ keys: [] }) }],
    ["that signs nothing", { ...key, identity: { sign: async () => "" } }],
    [
      "that signs another text",
      { ...key, identity: { sign: (_: object, type: string) => key.identity.sign({ nonce: "1" }, type) } },
    ],
    ["that cannot be used", { ...key, identity: { sign: () => Promise.reject(new Error("no key")) } }],
  ])("one %s is found out", async (_, broken) => {
    await expect(tryGatewayKey(broken)).rejects.toThrow(Error);
  });
});

describe("the log's keys", () => {
  const ORIGIN = "log.example/log/0a1b2c3d";
  const NOW = Date.UTC(2026, 10, 21, 2);
  const { signers, vkeys } = openLogKeys(join(directory, "log"), ORIGIN);
  const strange = openLogKeys(join(directory, "strange"), ORIGIN);
  const text = formatCheckpoint({ origin: ORIGIN, size: 3, root: Buffer.alloc(32, 7) });
  const note = signNote(text, signers);
  const lines = (keys: readonly string[]): string => keys.map((key) => `${key}\n`).join("");
  const logOf = (checkpoint: string, keys: readonly string[] = vkeys, state: Partial<LogState> = {}) => ({
    state: () => ({ size: 3, published: 3, checkpointAt: NOW, indexLag: 0, setBacks: 0, failure: null, ...state }),
    public: { checkpoint: () => checkpoint, keys: () => lines(keys), tile: async () => null },
  });

  test.each([
    ["whose checkpoint both keys have signed", logOf(note)],
    [
      "whose checkpoint a witness has signed too",
      logOf(addSignatures(note, [{ name: "witness", keyId: 7, signature: Buffer.alloc(72) }])),
    ],
    ["that is empty", logOf("", vkeys, { size: 0, published: 0, checkpointAt: null })],
    ["whose first checkpoint is on its way", logOf("", vkeys, { size: 1, published: 0, checkpointAt: null })],
    ["with entries that have just come", logOf(note, vkeys, { size: 9, checkpointAt: NOW - 59_000 })],
    ["in which nothing has happened for long", logOf(note, vkeys, { checkpointAt: NOW - 86_400_000 })],
  ])("a log %s is well", async (_, log) => {
    await expect(tryLogKeys(log, NOW)).resolves.toBeUndefined();
  });

  test.each([
    ["by one key only", logOf(signNote(text, signers.slice(0, 1)))],
    ["by the other key only", logOf(signNote(text, signers.slice(1)))],
    ["by another's keys", logOf(signNote(text, strange.signers))],
    ["by keys that are not the published ones", logOf(note, strange.vkeys)],
    ["by nobody", logOf(text)],
    ["over another text", logOf(note.replace("\n3\n", "\n4\n"))],
    ["and no key is published", logOf(note, [])],
    ["long ago, and entries wait", logOf(note, vkeys, { size: 9, checkpointAt: NOW - 61_000 })],
    ["and is gone", logOf("")],
  ])("a checkpoint signed %s is found out", async (_, log) => {
    await expect(tryLogKeys(log, NOW)).rejects.toThrow(Error);
  });
});
