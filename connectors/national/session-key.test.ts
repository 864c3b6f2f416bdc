import { createCipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import { codeOf, NOW } from "../json/test-questions.ts";
import type { Outbound, OutboundRequest } from "../outbound.ts";
import { cipherKey, fetchSessionKey, type KeyServiceSettings } from "./session-key.ts";

const APP_KEY = "0123456789abcdef0123456789abcdef";
const SECRET = "fedcba9876543210fedcba9876543210";
/** SECRET as javax.crypto.Cipher "AES" writes it, with the key that SecureRandom SHA1PRNG seeded with APP_KEY gives (OpenJDK 17). */
const BY_JAVA = "LDh6LJzNCB09fXMknMzXpiw4eiyczQgdPX1zJJzM16ZUfuRMyoXTthzV/Enp8P/V";

const SETTINGS: KeyServiceSettings = {
  url: new URL("https://platform.example/sysapi/auth/refreshappsecret"),
  requester: { scheme: "gjgxjhpt", requesterId: "rid", serviceId: "sid" },
  cipher: "aes-128-ecb",
  keyForm: "sha1prng",
};

/** A key service that answers with this. */
function answering(body: unknown): { readonly outbound: Outbound; readonly asked: OutboundRequest[] } {
  const asked: OutboundRequest[] = [];
  const outbound: Outbound = {
    async send(request) {
      asked.push(request);
      return { status: 200, headers: new Map(), body: Buffer.from(JSON.stringify(body)) };
    },
    async close() {},
  };
  return { outbound, asked };
}

const fetched = (body: unknown, settings: Partial<KeyServiceSettings> = {}) =>
  fetchSessionKey({ ...SETTINGS, ...settings }, APP_KEY, {
    outbound: answering(body).outbound,
    clock: () => NOW,
    signal: new AbortController().signal,
  });
const lent = (secret: string, end: unknown = NOW + 3_600_000) => ({ code: "0", data: { secret, secretEndTime: end } });

/** Encrypted with a key of the given bytes. */
function encrypted(cipher: string, key: Buffer, text = SECRET): string {
  const sealing = createCipheriv(cipher, key, null);
  return Buffer.concat([sealing.update(text), sealing.final()]).toString("base64");
}

test("a secret that Java has encrypted is opened, and renewed 3 minutes early", async () => {
  expect(await fetched(lent(BY_JAVA))).toEqual({ value: SECRET, until: NOW + 3_600_000 - 180_000 });
});

test("the four values are sent in the body", async () => {
  const { outbound, asked } = answering(lent(BY_JAVA));
  await fetchSessionKey(SETTINGS, APP_KEY, { outbound, clock: () => NOW, signal: new AbortController().signal });
  expect(asked.map(({ method, url }) => [method, url.href])).toEqual([["POST", SETTINGS.url.href]]);
  const sent: unknown = JSON.parse(asked[0]?.body ?? "");
  expect(sent).toMatchObject({ gjgxjhpt_rid: "rid", gjgxjhpt_sid: "sid", gjgxjhpt_rtime: String(NOW) });
});

test.each([
  ["line breaks in the Base64", lent(BY_JAVA.replace(/.{40}/, "$&\r\n"))],
  ["a number for a code", { ...lent(BY_JAVA), code: 0 }],
  ["the end as a text", lent(BY_JAVA, String(NOW + 3_600_000))],
  ["the end as a local time", lent(BY_JAVA, "2026-03-02 10:02:03")],
])("%s is read", async (_what, body) => {
  expect((await fetched(body)).value).toBe(SECRET);
});

test("a short life is renewed at half of it", async () => {
  expect((await fetched(lent(BY_JAVA, NOW + 60_000))).until).toBe(NOW + 30_000);
});

describe("other ciphers", () => {
  test.each([
    ["aes-256-ecb", "text", Buffer.from(APP_KEY)],
    ["aes-128-ecb", "hex", Buffer.from(APP_KEY, "hex")],
    ["sm4-ecb", "hex", Buffer.from(APP_KEY, "hex")],
  ] as const)("%s with the app key as %s", async (cipher, keyForm, key) => {
    expect((await fetched(lent(encrypted(cipher, key)), { cipher, keyForm })).value).toBe(SECRET);
  });

  test.each([
    ["aes-128-ecb", "text"],
    ["aes-256-ecb", "sha1prng"],
    ["aes-256-ecb", "hex"],
  ] as const)("%s cannot have a key made of this app key as %s", (cipher, keyForm) => {
    expect(() => cipherKey(APP_KEY, { ...SETTINGS, cipher, keyForm })).toThrow(
      expect.objectContaining({ name: "SettingsError" }) as Error,
    );
    expect(() => cipherKey(APP_KEY, { ...SETTINGS, cipher, keyForm })).toThrow(/^(?!.*0123456789abcdef)/);
  });

  test("hex that is none makes no key", () => {
    expect(() => cipherKey("xyz", { ...SETTINGS, keyForm: "hex" })).toThrow("keyForm");
  });
});

test.each<[string, unknown, string]>([
  ["a refusal", { code: "1", message: "rid unknown" }, "SOURCE_REFUSED"],
  ["no code", { data: {} }, "SOURCE_REFUSED"],
  ["no secret", { code: "0", data: {} }, "SOURCE_MALFORMED"],
  ["no end", { code: "0", data: { secret: BY_JAVA } }, "SOURCE_MALFORMED"],
  ["an end that is over", lent(BY_JAVA, NOW), "SOURCE_MALFORMED"],
  ["an end that is no time", lent(BY_JAVA, "later"), "SOURCE_MALFORMED"],
  ["a secret in clear", lent(SECRET), "SOURCE_MALFORMED"],
  ["a secret that is no Base64", lent("密钥"), "SOURCE_MALFORMED"],
  ["a secret for another app key", lent(encrypted("aes-128-ecb", Buffer.alloc(16, 7))), "SOURCE_MALFORMED"],
  [
    "a secret that opens to bytes",
    lent(encrypted("aes-128-ecb", cipherKey(APP_KEY, SETTINGS), "\u0001\u0002短")),
    "SOURCE_MALFORMED",
  ],
  ["a secret of no length", lent(encrypted("aes-128-ecb", cipherKey(APP_KEY, SETTINGS), "")), "SOURCE_MALFORMED"],
])("%s", async (_what, body, code) => {
  expect(await codeOf(() => fetched(body))).toBe(code);
});

test("no error holds a key or a secret", async () => {
  const error: unknown = await fetched(lent(SECRET)).catch((thrown: unknown) => thrown);
  const text = `${String(error)} ${JSON.stringify(error)} ${error instanceof Error ? String(error.cause) : ""}`;
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(APP_KEY);
});
