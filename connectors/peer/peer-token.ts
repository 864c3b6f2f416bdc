import { randomUUID } from "node:crypto";
import { parseJson } from "../json/strict-json.ts";
import { below } from "../json/request-template.ts";
import { Lease, type Lent } from "../lease.ts";
import type { Outbound } from "../outbound.ts";
import type { Surroundings } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import { EXPLAINED, peerProblem } from "./peer-problem.ts";
import type { PeerSettings } from "./settings.ts";

/** Seconds. */
const ASSERTION_LIFE = 60;
const LONGEST_LIFE = 86_400;
const MAX_BYTES = 65_536;
/** RFC 6750 2.1. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Our access token at a peer, got by private_key_jwt (RFC 7523); renewed when four fifths of its life, or all but a minute, are over. */
export function peerTokens(settings: PeerSettings, outbound: Outbound, around: Surroundings): Lease<string> {
  return new Lease((signal) => fetchToken(settings, outbound, around, signal), around.clock);
}

async function fetchToken(
  settings: PeerSettings,
  outbound: Outbound,
  around: Surroundings,
  signal: AbortSignal,
): Promise<Lent<string>> {
  const asked = around.clock();
  const answer = await outbound.send({
    method: "POST",
    url: below(settings.url, "/oauth/token"),
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await signAssertion(settings, around),
    }).toString(),
    signal,
    maxBytes: MAX_BYTES,
    accept: EXPLAINED,
  });
  // RFC 6749 5.2: all that is wrong with client or grant may come as 400.
  if (answer.status === 400) throw new SourceError("SOURCE_REFUSED", "the peer gives this gateway no token");
  if (answer.status !== 200) throw peerProblem(answer, around.clock());
  const { token, life } = readToken(answer.body);
  return { value: token, until: asked + Math.max(life - 60, life * 0.8) * 1000 };
}

async function signAssertion({ clientId, audience }: PeerSettings, { identity, clock }: Surroundings): Promise<string> {
  const iat = Math.floor(clock() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat, exp: iat + ASSERTION_LIFE };
  return await identity.sign(claims, "JWT");
}

function readToken(body: Buffer): { readonly token: string; readonly life: number } {
  const answer = parseJson(body);
  if (!(answer instanceof Map)) throw malformed("no object");
  const [token, type, expires] = ["access_token", "token_type", "expires_in"].map((name) => answer.get(name));
  if (typeof token !== "string" || !TOKEN.test(token)) throw malformed("no access token");
  if (typeof type !== "string" || type.toLowerCase() !== "bearer") throw malformed("no bearer token");
  const life = expires !== null && typeof expires === "object" && "digits" in expires ? Number(expires.digits) : NaN;
  if (!Number.isInteger(life) || life <= 0) throw malformed("no life in seconds");
  return { token, life: Math.min(life, LONGEST_LIFE) };
}

const malformed = (why: string): SourceError => new SourceError("SOURCE_MALFORMED", `the peer's token: ${why}`);
