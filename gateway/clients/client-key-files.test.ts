import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ensureClientKeys } from "./client-key-files.ts";
import { readClientKey } from "./client-key.ts";
import { PrivateFileError } from "./private-file.ts";
import { makeKey } from "./test-clients.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-client-keys-"));
afterAll(() => rmSync(home, { recursive: true }));
const directory = join(home, "demo", "clients");

test("keys are made once, private ones for their owner alone, and only the public half comes back", async () => {
  const made = await ensureClientKeys(directory, ["anhui-window", "operator"]);
  expect(Object.keys(made)).toEqual(["anhui-window", "operator"]);
  for (const key of Object.values(made)) {
    expect(readClientKey(key)).toMatchObject({ algorithm: "EdDSA" });
    expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  }
  expect(made["anhui-window"].x).not.toBe(made.operator.x);
  expect(statSync(join(directory, "operator.jwk")).mode & 0o777).toBe(0o600);
  expect(await ensureClientKeys(directory, ["operator", "anhui-window"])).toEqual(made);
});

test("a key of the operator's own is taken as it is", async () => {
  const { jwk, privateJwk } = makeKey("ES256", "own");
  writeFileSync(join(directory, "own.jwk"), JSON.stringify(privateJwk), { mode: 0o600 });
  expect((await ensureClientKeys(directory, ["own"])).own).toEqual(jwk);
});

test.each<[string, string]>([
  ["nothing", ""],
  ["text", "MARK"],
  ["list", "[]"],
  ["number", "5"],
  ["no-key", '{"kty":"OKP","crv":"Ed25519","kid":"k","alg":"EdDSA"}'],
  ["no-kid", JSON.stringify({ ...makeKey("EdDSA").privateJwk, kid: undefined })],
])("what is no key stops, and stays as it is: %s", async (name, text) => {
  const file = join(directory, `${name}.jwk`);
  writeFileSync(file, text, { mode: 0o600 });
  await expect(ensureClientKeys(directory, [name])).rejects.toThrow(PrivateFileError);
  await expect(ensureClientKeys(directory, [name])).rejects.not.toThrow(/MARK/);
  expect(readFileSync(file, "utf8")).toBe(text);
});
