import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { SettingsError } from "../settings.ts";
import { checkPeerSettings } from "./settings.ts";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const { x = "" } = publicKey.export({ format: "jwk" });
const { d } = privateKey.export({ format: "jwk" });
const key = { kty: "OKP", crv: "Ed25519", x, kid: "k-1", alg: "EdDSA", use: "sig" };
const good = {
  kind: "peer",
  url: "https://shache.example/tongyan",
  clientId: "anhui-gateway",
  audience: "https://shache.example",
  keys: [key],
};
const check = (changes: object) => checkPeerSettings({ ...good, ...changes });

test("keys are pinned as they are listed, and states have the catalogue's usual codes", () => {
  const { keys, states, reach } = check({});
  expect(keys).toMatchObject([{ kid: "k-1", algorithm: "EdDSA" }]);
  expect(keys[0]?.key.export({ format: "jwk" })).toMatchObject({ x });
  expect(states.get("in-force")).toBe("current");
  expect(states.get("revoked")).toBe("revoked");
  expect(reach.allowed).toEqual([]);
});

test.each([
  [{ keys: undefined, jwks: { keys: [key] } }],
  [{ keys: [{ kty: "OKP", crv: "Ed25519", x, kid: "k-1" }] }],
  [{ keys: [key, { ...key, kid: "k-2" }] }],
  [{ states: { "in-force": "有效" } }],
  [{ url: "http://10.1.2.3:8080", allowNetworks: ["10.0.0.0/8"] }],
])("%j is taken", (changes) => {
  const settings = Object.fromEntries(
    Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined),
  );
  expect(checkPeerSettings(settings).clientId).toBe("anhui-gateway");
});

test.each([
  [{ secret: "s" }, "settings.secret"],
  [{ url: "http://shache.example" }, "settings.url"],
  [{ url: "https://u:p@shache.example" }, "settings.url"],
  [{ url: "https://shache.example?x=1" }, "settings.url"],
  [{ url: "https://169.254.169.254" }, "settings.url"],
  [{ clientId: "" }, "settings.clientId"],
  [{ audience: 5 }, "settings.audience"],
  [{ jwks: { keys: [key] } }, "settings.keys"],
  [{ keys: [] }, "settings.keys"],
  [{ keys: [key, key] }, "settings.keys"],
  [{ keys: [{ ...key, d }] }, "settings.keys[0].d"],
  [{ keys: [{ ...key, kty: "oct", k: "c2VjcmV0" }] }, "settings.keys[0].k"],
  [{ keys: [{ ...key, crv: "X25519" }] }, "settings.keys[0].crv"],
  [{ keys: [{ ...key, alg: "HS256" }] }, "settings.keys[0].alg"],
  [{ keys: [{ ...key, alg: "none" }] }, "settings.keys[0].alg"],
  [{ keys: [{ ...key, use: "enc" }] }, "settings.keys[0].use"],
  [{ keys: [{ ...key, x: "short" }] }, "settings.keys[0].x"],
  [{ keys: [{ ...key, kid: "" }] }, "settings.keys[0].kid"],
  [{ states: { asleep: "x" } }, "settings.states"],
  [{ allowNetworks: ["0.0.0.0/0"] }, "settings.allowNetworks"],
])("%j is refused, and the error names the member", (changes, member) => {
  expect(() => check(changes)).toThrow(SettingsError);
  expect(() => check(changes)).toThrow(member);
});
