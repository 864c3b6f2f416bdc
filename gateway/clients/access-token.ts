import { randomUUID } from "node:crypto";
import { calculateJwkThumbprint } from "jose";
import { BoundedMap } from "#certs/crypto/bounded-map.ts";
import { Fault } from "#gateway/fault.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import type { Signer } from "./assertion.ts";
import { acceptsCertificate } from "./client-certificate.ts";
import { keysOf } from "./client-key.ts";
import type { GatewayKey } from "./gateway-key.ts";

/** Seconds that an access token lives. */
export const TOKEN_LIFE = 600;

/** Certificates are named by the SHA-256 of their DER in lower-case hex, null where the connection brought none. */
export type AccessTokens = {
  /** Ends with the registration of the key that it was asked for with; bound to the certificate (RFC 8705) where there is one. */
  readonly issue: (signer: Signer, certificate: string | null) => Promise<string>;
  /** Throws or rejects with Fault TOKEN_INVALID. A token seen before is answered at once: a promise costs on every request. */
  readonly verify: (token: string, certificate: string | null) => TokenBearer | Promise<TokenBearer>;
};
/** `bound`: the token is worth nothing without the certificate that came with it. */
export type TokenBearer = { readonly client: ClientEntry; readonly bound: boolean };

type Parts = {
  readonly key: GatewayKey;
  readonly registry: Pick<Registry, "client">;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Verified tokens to remember. */
  readonly remembered?: number;
};

/** What a token's signature proves for as long as it lives. `key`: see Signer; `ends` in milliseconds; `certificate` as `x5t#S256`. */
type Proven = {
  readonly client: string;
  readonly key: string;
  readonly ends: number;
  readonly certificate: string | null;
};
type Remembered = Proven & { readonly entry: ClientEntry };

const MAX_LENGTH = 4096;
const REMEMBERED = 10_000;

/**
 * JWT access tokens (RFC 9068) of this gateway for itself. The signature of a token is verified once; whether it has ended,
 * its client, the client's keys and its certificate are looked at each time: whoever is registered under a name later is not
 * taken for who had it before.
 */
export function accessTokens({ key, registry, issuer, clock, remembered = REMEMBERED }: Parts): AccessTokens {
  const memory = new BoundedMap<Remembered>(remembered);
  async function verifyNew(token: string, certificate: string | null): Promise<TokenBearer> {
    const proven = readProven(await key.verifyAccessToken(token), issuer);
    const bearer = bearerOf(proven, registry.client(proven.client), certificate, clock());
    if (!(await thumbprintsOf(bearer.client)).includes(proven.key))
      throw invalid("the key that it was asked for with is not registered any more");
    memory.set(token, { ...proven, entry: bearer.client });
    return bearer;
  }
  return {
    async issue({ client, key: clientKey }, certificate) {
      const now = Math.floor(clock() / 1000);
      return await key.signAccessToken({
        iss: issuer,
        aud: issuer,
        sub: client.id,
        client_id: client.id,
        client_key: clientKey,
        jti: randomUUID(),
        iat: now,
        exp: now + TOKEN_LIFE,
        ...(certificate !== null && { cnf: { "x5t#S256": base64urlOf(certificate) } }),
      });
    },
    verify(token, certificate) {
      if (token.length > MAX_LENGTH) throw invalid("it is too long");
      const known = memory.get(token);
      if (known !== undefined && known.entry === registry.client(known.client)) {
        return bearerOf(known, known.entry, certificate, clock());
      }
      return verifyNew(token, certificate);
    },
  };
}

const invalid = (why: string): Fault => new Fault("TOKEN_INVALID", `access token: ${why}`);
const base64urlOf = (hex: string): string => Buffer.from(hex, "hex").toString("base64url");

function readProven(claims: Readonly<Record<string, unknown>> | null, issuer: string): Proven {
  const { iss, aud, sub, client_id: id, client_key: key, exp, cnf } = claims ?? {};
  const isForHere = iss === issuer && aud === issuer && typeof sub === "string" && sub === id;
  if (!isForHere || typeof key !== "string" || typeof exp !== "number")
    throw invalid("it was not issued by this gateway for itself");
  return { client: sub, key, ends: exp * 1000, certificate: readConfirmation(cnf) };
}

/** RFC 7800. Another kind of confirmation than ours cannot be checked. */
function readConfirmation(cnf: unknown): string | null {
  if (cnf === undefined) return null;
  const thumbprint = typeof cnf === "object" && cnf !== null && "x5t#S256" in cnf ? cnf["x5t#S256"] : null;
  if (typeof thumbprint !== "string") throw invalid("what it is bound to is not understood");
  return thumbprint;
}

const thumbprintsOf = async (client: ClientEntry): Promise<readonly string[]> =>
  await Promise.all(keysOf(client).map(({ key }) => calculateJwkThumbprint(key)));

function bearerOf(proven: Proven, client: ClientEntry | null, certificate: string | null, now: number): TokenBearer {
  if (proven.ends <= now) throw invalid("it has expired");
  if (client?.active !== true) throw invalid("its client is not active any more");
  const bound = proven.certificate !== null;
  const isBound = certificate !== null && base64urlOf(certificate) === proven.certificate;
  if (bound && !isBound) throw invalid("it is bound to another client certificate");
  if (!acceptsCertificate(client, bound ? certificate : null))
    throw invalid("its client needs a certificate of its own");
  return { client, bound };
}
