import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { calculateJwkThumbprint, compactVerify, createLocalJWKSet } from "jose";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigError } from "#gateway/config.ts";
import { openGatewayKey } from "./gateway-key.ts";
import { craft, hmacWith, signJws } from "./test-clients.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-key-"));
afterAll(() => rmSync(home, { recursive: true }));
let count = 0;
const fresh = (): string => join(home, String((count += 1)));
const fileIn = (directory: string): string => join(directory, "gateway-key.pem");

test("the first start makes a key that only the service may read; later starts use it", () => {
  const directory = fresh();
  const first = openGatewayKey(directory).jwks();
  expect(statSync(fileIn(directory)).mode & 0o777).toBe(0o600);
  expect(openGatewayKey(directory).jwks()).toEqual(first);
  expect(openGatewayKey(fresh()).jwks()).not.toEqual(first);
});

test("only the public half is published, under its thumbprint", async () => {
  const [jwk = {}, ...others] = openGatewayKey(fresh()).jwks().keys;
  expect(others).toEqual([]);
  expect(Object.keys(jwk).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  expect(jwk.kid).toBe(await calculateJwkThumbprint(jwk));
});

test("what it signs for peers verifies with the published key, under its type", async () => {
  const key = openGatewayKey(fresh());
  const jws = await key.identity.sign({ iss: "here", n: 1 }, "tongyan-request+jwt");
  const keys = [...key.jwks().keys];
  const { payload, protectedHeader } = await compactVerify(jws, createLocalJWKSet({ keys }));
  expect(JSON.parse(Buffer.from(payload).toString("utf8"))).toEqual({ iss: "here", n: 1 });
  expect(protectedHeader).toEqual({ alg: "EdDSA", kid: keys[0]?.kid, typ: "tongyan-request+jwt" });
});

test.each(["at+jwt", "AT+JWT", "application/at+jwt"])(
  "a peer's statement cannot be an access token: %s",
  async (type) => {
    await expect(openGatewayKey(fresh()).identity.sign({}, type)).rejects.toThrow("access tokens");
  },
);

describe("access tokens", () => {
  const directory = fresh();
  const key = openGatewayKey(directory);
  const privateKey = createPrivateKey(readFileSync(fileIn(directory)));
  const kid = key.jwks().keys[0]?.kid;
  const header = { alg: "EdDSA", kid, typ: "at+jwt" };

  test("its own one gives its claims back", async () => {
    expect(await key.verifyAccessToken(await key.signAccessToken({ sub: "a" }))).toEqual({ sub: "a" });
    expect(await key.verifyAccessToken(await signJws(header, { sub: "a" }, privateKey))).toEqual({ sub: "a" });
  });

  test.each<[string, () => Promise<string>]>([
    ["another gateway's", () => openGatewayKey(fresh()).signAccessToken({ sub: "a" })],
    ["a statement for a peer", () => key.identity.sign({ sub: "a" }, "tongyan-request+jwt")],
    ["another type", () => signJws({ ...header, typ: "JWT" }, { sub: "a" }, privateKey)],
    ["no type", () => signJws({ alg: "EdDSA", kid }, { sub: "a" }, privateKey)],
    ["another kid", () => signJws({ ...header, kid: "other" }, { sub: "a" }, privateKey)],
    ["alg none", async () => craft({ ...header, alg: "none" }, { sub: "a" }, () => Buffer.alloc(0))],
    [
      "HS256 with the published key",
      async () =>
        craft(
          { ...header, alg: "HS256" },
          { sub: "a" },
          hmacWith(Buffer.from(key.jwks().keys[0]?.x ?? "", "base64url")),
        ),
    ],
    ["one part", async () => "abc"],
    ["nothing", async () => ""],
  ])("%s is none", async (_, make) => expect(await key.verifyAccessToken(await make())).toBeNull());

  test("every changed character is found", async () => {
    const token = await key.signAccessToken({ sub: "a" });
    // The last letter holds four bits that say nothing.
    for (let at = 0; at < token.length - 1; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
      expect(await key.verifyAccessToken(changed)).toBeNull();
    }
  });
});

describe("a key that cannot be used stops the start, and its file is named", () => {
  const spoilt: readonly [string, (file: string) => void, RegExp][] = [
    ["half of it", (file) => writeFileSync(file, readFileSync(file, "utf8").slice(0, 60)), /gateway-key\.pem/],
    ["empty", (file) => writeFileSync(file, ""), /gateway-key\.pem/],
    ["open to all", (file) => chmodSync(file, 0o644), /every user of this machine/],
    [
      "another kind of key",
      (file) => {
        const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
        writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
      },
      /no Ed25519 key/,
    ],
  ];
  test.each(spoilt)("%s", (_, spoil, message) => {
    const directory = fresh();
    openGatewayKey(directory);
    spoil(fileIn(directory));
    const before = readFileSync(fileIn(directory), "utf8");
    expect(() => openGatewayKey(directory)).toThrow(ConfigError);
    expect(() => openGatewayKey(directory)).toThrow(message);
    expect(readFileSync(fileIn(directory), "utf8")).toBe(before);
  });
});
