import type { KeyObject } from "node:crypto";
import {
  calculateJwkThumbprint,
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from "jose";
import { Fault } from "#gateway/fault.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import {
  type AssertionAlgorithm,
  ASSERTION_ALGORITHMS,
  type ClientKey,
  isAssertionAlgorithm,
  keysOf,
} from "./client-key.ts";
import type { ReplayGuard } from "./replay-guard.ts";

/** Where tokens are asked for, below the issuer. */
export const TOKEN_PATH = "/oauth/token";

const MAX_LENGTH = 8192;
const MAX_JTI = 256;
/** Milliseconds. */
const SKEW = 60_000;
const LONGEST_LIFE = 300_000;

type Parts = {
  readonly registry: Pick<Registry, "client">;
  readonly issuer: string;
  readonly replay: ReplayGuard;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Who signed, and the thumbprint (RFC 7638) of the one of its keys that did. */
export type Signer = { readonly client: ClientEntry; readonly key: string };

/** What stands in an assertion before anything of it is proven: an attacker may have written all of it. */
type Unproven = {
  readonly client: string;
  readonly algorithm: AssertionAlgorithm;
  readonly kid: string | null;
};

/**
 * private_key_jwt (RFC 7523): who signed this assertion. The function throws Fault ASSERTION_INVALID or REPLAYED. Until the
 * signature is proven the answers do not depend on who is registered, and neither does the work.
 */
export function assertionVerifier({ registry, issuer, replay, clock }: Parts): (jwt: string) => Promise<Signer> {
  const decoys = makeDecoys();
  const audiences = [issuer, `${issuer}${TOKEN_PATH}`];
  return async (jwt) => {
    const unproven = readUnproven(jwt);
    const client = registry.client(unproven.client);
    const key = client?.active === true ? findKey(unproven, keysOf(client)) : null;
    const payload = await proven(jwt, key ?? decoys[unproven.algorithm], unproven.algorithm);
    if (client === null || key === null || payload === null) {
      throw new Fault("ASSERTION_INVALID", "client_assertion: no active client has a key that made this signature");
    }
    const { jti, until } = checkClaims(payload, audiences, clock());
    // The identifier holds no line end, so no two pairs make one key.
    if (!(await replay.use(`assertion\n${client.id}\n${jti}`, until)))
      throw new Fault("REPLAYED", "client_assertion: its jti was used before");
    return { client, key: await calculateJwkThumbprint(key) };
  };
}

function makeDecoys(): Readonly<Record<AssertionAlgorithm, KeyObject>> {
  const { ES256, EdDSA, RS256, PS256 } = ASSERTION_ALGORITHMS;
  return {
    ES256: ES256.makeDecoy(),
    EdDSA: EdDSA.makeDecoy(),
    RS256: RS256.makeDecoy(),
    PS256: PS256.makeDecoy(),
  };
}

/** The one key that this can be about. The registered algorithm counts; without `kid` the client must have one key only that fits. */
function findKey({ kid, algorithm }: Unproven, keys: readonly ClientKey[]): KeyObject | null {
  const fitting = keys.filter((each) => each.algorithm === algorithm && (kid === null || each.kid === kid));
  const [only, ...others] = fitting;
  return only === undefined || others.length > 0 ? null : only.key;
}

const invalid = (why: string): Fault => new Fault("ASSERTION_INVALID", `client_assertion: ${why}`);

function readUnproven(jwt: string): Unproven {
  if (jwt.length > MAX_LENGTH) throw invalid(`longer than ${MAX_LENGTH} characters`);
  const { header, claims } = decode(jwt);
  const { alg, kid } = header;
  checkHeader(header);
  if (!isAssertionAlgorithm(alg)) throw invalid(`alg must be one of ${Object.keys(ASSERTION_ALGORITHMS).join(", ")}`);
  if (typeof claims.iss !== "string" || claims.iss !== claims.sub)
    throw invalid("iss and sub must both name the client");
  if (kid !== undefined && typeof kid !== "string") throw invalid("kid must be a text");
  return { client: claims.iss, algorithm: alg, kid: kid ?? null };
}

function decode(jwt: string): { readonly header: ProtectedHeaderParameters; readonly claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(jwt), claims: decodeJwt(jwt) };
  } catch {
    // Both are pure functions of the text: whatever they throw is about the text.
    throw invalid("not a signed JWT in compact form");
  }
}

const TYPES: ReadonlySet<unknown> = new Set([undefined, "JWT", "client-authentication+jwt"]);
/** Keys come from the registry alone. */
const FOREIGN_KEYS = ["jwk", "jku", "x5u", "x5c"] as const;

function checkHeader(header: ProtectedHeaderParameters): void {
  if (!TYPES.has(header.typ)) throw invalid("typ must be JWT or client-authentication+jwt");
  if (header.crit !== undefined) throw invalid("no extension named in crit is understood");
  const foreign = FOREIGN_KEYS.find((name) => header[name] !== undefined);
  if (foreign !== undefined) throw invalid(`keys are not taken from ${foreign}`);
}

async function proven(jwt: string, key: KeyObject, algorithm: AssertionAlgorithm): Promise<JWTPayload | null> {
  try {
    await compactVerify(jwt, key, { algorithms: [algorithm] });
    return decodeJwt(jwt);
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** Only a client who has proven itself is told what is wrong. `until` in milliseconds. */
function checkClaims(
  { aud, exp, iat, nbf, jti }: JWTPayload,
  audiences: readonly string[],
  now: number,
): { readonly jti: string; readonly until: number } {
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  if (typeof audience !== "string" || !audiences.includes(audience)) {
    throw invalid(`aud must be ${audiences.join(" or ")} and nothing beside`);
  }
  const until = moment(exp, "exp");
  if (until === null) throw invalid("exp is missing");
  if (until <= now) throw invalid("exp has passed");
  if (until > now + LONGEST_LIFE) throw invalid("exp is more than 5 minutes ahead");
  if ((moment(iat, "iat") ?? now) > now + SKEW) throw invalid("iat is in the future");
  if ((moment(nbf, "nbf") ?? now) > now + SKEW) throw invalid("nbf is in the future");
  if (typeof jti !== "string" || jti === "" || jti.length > MAX_JTI) {
    throw invalid(`jti must be a text of 1 to ${MAX_JTI} characters`);
  }
  return { jti, until };
}

/** Seconds (NumericDate) to milliseconds; null when the claim is absent. */
function moment(value: unknown, name: string): number | null {
  if (value === undefined) return null;
  if (typeof value !== "number" || !Number.isFinite(value)) throw invalid(`${name} must be a number of seconds`);
  return value * 1000;
}
