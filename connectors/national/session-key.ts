import { createDecipheriv, hash } from "node:crypto";
import { parsePointer, scalarText, valueAt } from "../json/pointer.ts";
import { parseSourceTime } from "../json/source-time.ts";
import { type Json, parseJson } from "../json/strict-json.ts";
import type { Lent } from "../lease.ts";
import type { Outbound } from "../outbound.ts";
import { SettingsError } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import { type Requester, signedValues } from "./signature.ts";

/** Bytes of the key. No paper says which cipher it is; clients in use have the first, others are there for platforms that differ. */
export const CIPHERS = { "aes-128-ecb": 16, "aes-256-ecb": 32, "sm4-ecb": 16 } as const;
/**
 * How the app key becomes the cipher's: `sha1prng` is what Java's SecureRandom of that name, seeded with the app key, yields
 * first, and what the clients in use do. `text`: its bytes; `hex`: the bytes it writes.
 */
export const KEY_FORMS = ["sha1prng", "text", "hex"] as const;

export type KeyServiceSettings = {
  readonly url: URL;
  readonly requester: Requester;
  readonly cipher: keyof typeof CIPHERS;
  readonly keyForm: (typeof KEY_FORMS)[number];
};

/** Clients renew 3 minutes before the end; here at half of its life, if that is shorter. */
const EARLY = 180_000;
const MAX_BYTES = 65_536;

/** Throws SettingsError when the app key does not make a key of the cipher. */
export function cipherKey(appKey: string, { cipher, keyForm }: KeyServiceSettings): Buffer {
  const key = KEY_BYTES[keyForm](appKey);
  if (key.length === CIPHERS[cipher]) return key;
  throw new SettingsError(`the app key does not make a key of ${cipher} (settings.keyService.keyForm is ${keyForm})`);
}

const sha1 = (bytes: string | Buffer): Buffer => hash("sha1", bytes, "buffer");
const KEY_BYTES = {
  sha1prng: (appKey) => sha1(sha1(appKey)).subarray(0, 16),
  text: (appKey) => Buffer.from(appKey, "utf8"),
  hex: (appKey) => (/^(?:[0-9a-fA-F]{2})+$/.test(appKey) ? Buffer.from(appKey, "hex") : Buffer.alloc(0)),
} as const satisfies Record<KeyServiceSettings["keyForm"], (appKey: string) => Buffer>;

type KeyCircumstances = { readonly outbound: Outbound; readonly clock: () => number; readonly signal: AbortSignal };

/** Asks the key service, with the app key, for the secret that signs calls until its end. Throws SourceError. */
export async function fetchSessionKey(
  settings: KeyServiceSettings,
  appKey: string,
  { outbound, clock, signal }: KeyCircumstances,
): Promise<Lent<string>> {
  const now = clock();
  const { body } = await outbound.send({
    method: "POST",
    url: settings.url,
    headers: { accept: "application/json", "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(signedValues(settings.requester, appKey, now)),
    signal,
    maxBytes: MAX_BYTES,
  });
  const answer = parseJson(body);
  if (textAt(answer, "/code") !== "0") {
    throw new SourceError("SOURCE_REFUSED", "the key service gave no key", { sent: false });
  }
  const end = parseSourceTime(textAt(answer, "/data/secretEndTime") ?? "");
  if (end === null || end <= now) throw malformed("the key's end is no time to come");
  const value = decipher(textAt(answer, "/data/secret") ?? "", settings, cipherKey(appKey, settings));
  return { value, until: end - Math.min(EARLY, (end - now) / 2) };
}

function textAt(answer: Json, pointer: string): string | null {
  return scalarText(valueAt(answer, parsePointer(pointer) ?? []) ?? null) ?? null;
}

const malformed = (why: string): SourceError => new SourceError("SOURCE_MALFORMED", `key service: ${why}`);

/** Base64 as Java writes it may have line breaks. */
function decipher(secret: string, { cipher }: KeyServiceSettings, key: Buffer): string {
  const text = secret.replace(/\s/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw malformed("the secret is not in Base64");
  const value = deciphered(Buffer.from(text, "base64"), cipher, key);
  if (value === null || !/^[\u0021-\u007e]{8,256}$/.test(value))
    throw malformed("the secret does not open with the app key");
  return value;
}

function deciphered(bytes: Buffer, cipher: string, key: Buffer): string | null {
  try {
    const opening = createDecipheriv(cipher, key, null);
    return Buffer.concat([opening.update(bytes), opening.final()]).toString("utf8");
  } catch {
    // Wrong padding: another key or cipher.
    return null;
  }
}
