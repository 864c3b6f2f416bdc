import { Fault } from "#gateway/fault.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import type { AccessTokens, TokenBearer } from "./access-token.ts";
import type { Caller, Network } from "./caller.ts";
import { acceptsCertificate } from "./client-certificate.ts";
import { LEGACY_FAMILIES, LEGACY_PARTS, type LegacyCaller, type LegacyHeaders } from "./legacy-hmac.ts";

/** What a request brings to show who is asking. */
export type Credentials = {
  /** Names and values by turns, as they came in: what stands there twice must be seen. */
  readonly rawHeaders: readonly string[];
  readonly network: Network;
  /** Of the verified client certificate of the connection (see certificateOf). */
  readonly certificate: string | null;
};

export type Authenticated = {
  readonly caller: Caller;
  /** SHA-256 in Base64 that the body must have (see digestOfBody); null when the credentials do not cover the body. */
  readonly bodyDigest: string | null;
  /** What legacy headers were signed for (`sid`): the resource that the request asks about must be this; null for all others. */
  readonly service: string | null;
};

type Parts = {
  readonly tokens: Pick<AccessTokens, "verify">;
  readonly verifyLegacy: (headers: LegacyHeaders) => Promise<LegacyCaller>;
};

/** Requests a minute for callers without a name. This machine's own are not held back. */
const PER_MINUTE = { local: 1_000_000, anonymous: 600 } as const;

/**
 * Who is asking. Without credentials: `local` on this machine, else `anonymous`. Bad credentials are never taken for none:
 * the function throws Fault TOKEN_INVALID, SIGNATURE_INVALID, REPLAYED, or INVALID_REQUEST for two kinds at once.
 */
export function authenticator(parts: Parts): (credentials: Credentials) => Authenticated | Promise<Authenticated> {
  return ({ rawHeaders, network, certificate }) => {
    const headers = readHeaders(rawHeaders);
    const authorization = headers.get("authorization");
    const families = familiesIn(headers);
    const [family, ...others] = families;
    if (others.length > 0 || (family !== undefined && authorization !== undefined)) {
      throw new Fault("INVALID_REQUEST", "header: two kinds of credentials at once");
    }
    if (family !== undefined) return byLegacy(legacyHeaders(headers, family), { network, certificate }, parts);
    if (authorization === undefined) return uncovered(unnamed(network));
    const verified = parts.tokens.verify(readBearer(authorization), certificate);
    return verified instanceof Promise
      ? verified.then((bearer) => ofBearer(bearer, network))
      : ofBearer(verified, network);
  };
}

const ofBearer = ({ client, bound }: TokenBearer, network: Network): Authenticated =>
  uncovered(callerOf(client, network, bound ? "certificate" : "token"));

async function byLegacy(
  headers: LegacyHeaders,
  { network, certificate }: Omit<Credentials, "rawHeaders">,
  { verifyLegacy }: Parts,
): Promise<Authenticated> {
  const signer = await verifyLegacy(headers);
  if (!acceptsCertificate(signer.client, certificate)) {
    throw new Fault("SIGNATURE_INVALID", "this client must come with its registered client certificate");
  }
  return fromLegacy(signer, network);
}

const uncovered = (caller: Caller): Authenticated => ({ caller, bodyDigest: null, service: null });

const fromLegacy = (
  { client, authentication, bodyDigest, service }: LegacyCaller,
  network: Network,
): Authenticated => ({
  caller: callerOf(client, network, authentication),
  bodyDigest,
  service,
});

/** One list, so that decisions are found again by it. */
const NO_ROLES: Caller["roles"] = [];

function unnamed(network: Network): Caller {
  const id = network === "loopback" ? "local" : "anonymous";
  return { id, network, authentication: "none", organisation: null, roles: NO_ROLES, perMinute: PER_MINUTE[id] };
}

const callerOf = (
  { id, organisation, roles, perMinute }: ClientEntry,
  network: Network,
  authentication: Caller["authentication"],
): Caller => ({ id, network, authentication, organisation, roles, perMinute });

/** Every header that is looked at here. */
const NAMES: ReadonlySet<string> = new Set([
  "authorization",
  "content-digest",
  ...LEGACY_FAMILIES.flatMap((family) => LEGACY_PARTS.map((part) => `${family}_${part}`)),
]);

type Headers = ReadonlyMap<string, readonly string[]>;

const LENGTHS: ReadonlySet<number> = new Set(Array.from(NAMES, ({ length }) => length));

function readHeaders(rawHeaders: readonly string[]): Headers {
  const found = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const written = rawHeaders[at] ?? "";
    if (!LENGTHS.has(written.length)) continue;
    const name = written.toLowerCase();
    if (NAMES.has(name)) found.set(name, [...(found.get(name) ?? []), rawHeaders[at + 1] ?? ""]);
  }
  return found;
}

/** Whose headers there are, of the national platforms. */
function familiesIn(headers: Headers): (typeof LEGACY_FAMILIES)[number][] {
  if (headers.size === 0 || (headers.size === 1 && headers.has("authorization"))) return [];
  return LEGACY_FAMILIES.filter((family) => LEGACY_PARTS.some((part) => headers.has(`${family}_${part}`)));
}

/** RFC 6750 2.1. Any other scheme is a credential too, and not one of ours. */
function readBearer([value, ...others]: readonly string[]): string {
  const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(value ?? "")?.[1];
  if (token !== undefined && others.length === 0) return token;
  throw new Fault("TOKEN_INVALID", "header/authorization: must be one 'Bearer' and a token");
}

function legacyHeaders(headers: Headers, family: (typeof LEGACY_FAMILIES)[number]): LegacyHeaders {
  const once = (name: string): string | null => {
    const [value, ...others] = headers.get(name) ?? [];
    if (others.length > 0) throw new Fault("SIGNATURE_INVALID", `header/${name}: is there twice`);
    return value ?? null;
  };
  const part = (name: (typeof LEGACY_PARTS)[number]): string => {
    const value = once(`${family}_${name}`);
    if (value === null) throw new Fault("SIGNATURE_INVALID", `header/${family}_${name}: is missing`);
    return value;
  };
  return {
    rid: part("rid"),
    sid: part("sid"),
    rtime: part("rtime"),
    sign: part("sign"),
    contentDigest: once("content-digest"),
  };
}
