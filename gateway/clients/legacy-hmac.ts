import { createHmac, hash, randomBytes, timingSafeEqual } from "node:crypto";
import { SettingsError } from "#connectors/settings.ts";
import { Fault } from "#gateway/fault.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import type { ReplayGuard } from "./replay-guard.ts";

/** The headers of the national exchange platform, of both generations; `rid` who asks, `sid` what for, `rtime` milliseconds. */
export const LEGACY_FAMILIES = ["gjgxjhpt", "gjzwfwpt"] as const;
export const LEGACY_PARTS = ["rid", "sid", "rtime", "sign"] as const;

/** As received, each once. `contentDigest` is the header of RFC 9530. */
export type LegacyHeaders = {
  readonly [Part in (typeof LEGACY_PARTS)[number]]: string;
} & { readonly contentDigest: string | null };

/** `bodyDigest`: SHA-256 in Base64 that the body must have; null when these headers do not cover the body. */
export type LegacyCaller = {
  readonly client: ClientEntry;
  readonly authentication: "hmac" | "hmac-bare";
  readonly bodyDigest: string | null;
  /** The `sid` that was signed. */
  readonly service: string;
};

type Parts = {
  readonly registry: Pick<Registry, "client">;
  readonly secret: (name: string) => string;
  readonly replay: ReplayGuard;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Milliseconds either way. */
const WINDOW = 300_000;
const MAX_NAME = 256;
/** Shorter ones can be guessed offline from one request. */
const MIN_SECRET = 16;
const DIGEST = /^sha-256=:([A-Za-z0-9+/]{43}=):$/;

/**
 * Who signed these headers: `sign` is Base64(HMAC-SHA256(secret, sid + rid + rtime)), for clients that must cover the body
 * with the value of `content-digest` behind. The function throws Fault SIGNATURE_INVALID or REPLAYED; its answers do not
 * say whether a client is registered. The headers cover neither method nor path: only `sid` says what they are for.
 */
export function legacyVerifier({
  registry,
  secret,
  replay,
  clock,
}: Parts): (from: LegacyHeaders) => Promise<LegacyCaller> {
  const decoy = randomBytes(32).toString("hex");
  return async (headers) => {
    const sentAt = readTime(headers, clock());
    const client = registry.client(headers.rid);
    const hmac = client?.active === true ? client.hmac : null;
    const digest = hmac?.bodyDigest === "absent" ? "" : readDigest(headers);
    const { sid, rid, rtime } = headers;
    const expected = createHmac("sha256", hmac === null ? decoy : readSecret(secret, hmac.secret))
      .update(`${sid}${rid}${rtime}${digest ?? ""}`)
      .digest("base64");
    const isSigned = isEqual(expected, headers.sign);
    if (client === null || hmac === null || digest === null || !isSigned) throw unproven();
    // They are good up to the end of the window and at the end itself.
    await useOnce(replay, `hmac\n${rid}\n${expected}`, sentAt + WINDOW + 1);
    const covered = hmac.bodyDigest === "required";
    return {
      client,
      authentication: covered ? "hmac" : "hmac-bare",
      bodyDigest: covered ? (DIGEST.exec(digest)?.[1] ?? null) : null,
      service: sid,
    };
  };
}

/** One sentence for all of it: which part is wrong would tell who is registered, and how. */
const unproven = (): Fault =>
  new Fault("SIGNATURE_INVALID", "no active client has signed these headers; some must sign content-digest too");

/**
 * Exactly 13 digits: the signed text has no separators, so its parts must not be able to trade characters.
 * Until the year 2286 there are no more.
 */
function readTime({ sid, rid, rtime }: LegacyHeaders, now: number): number {
  if (sid === "" || rid === "" || sid.length > MAX_NAME || rid.length > MAX_NAME) {
    throw new Fault("SIGNATURE_INVALID", `sid and rid have 1 to ${MAX_NAME} characters`);
  }
  if (!/^\d{13}$/.test(rtime)) throw new Fault("SIGNATURE_INVALID", "rtime is 13 digits: milliseconds since 1970");
  const sentAt = Number(rtime);
  if (Math.abs(sentAt - now) <= WINDOW) return sentAt;
  throw new Fault("SIGNATURE_INVALID", "rtime is more than 5 minutes away from the time here");
}

/** The header's value as it is signed, null when it is not one SHA-256. */
const readDigest = ({ contentDigest }: LegacyHeaders): string | null =>
  contentDigest !== null && DIGEST.test(contentDigest) ? contentDigest : null;

/** A secret that is not there is the operator's fault, not the caller's: 500, never 401. */
function readSecret(secret: (name: string) => string, name: string): string {
  try {
    const text = secret(name);
    if (text.length < MIN_SECRET) throw new SettingsError(`secret ${name}: shorter than ${MIN_SECRET} characters`);
    return text;
  } catch (cause) {
    throw new Fault("INTERNAL", undefined, { cause });
  }
}

/** Compared as text: another spelling of the same bytes is refused, or it would get past the replay guard. */
function isEqual(expected: string, given: string): boolean {
  const [ours, theirs] = [Buffer.from(expected), Buffer.from(given)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

async function useOnce(replay: ReplayGuard, key: string, until: number): Promise<void> {
  if (!(await replay.use(key, until))) throw new Fault("REPLAYED", "sign: was used before");
}

/** What `bodyDigest` is compared with. */
export const digestOfBody = (body: Uint8Array): string => hash("sha256", body, "base64");
