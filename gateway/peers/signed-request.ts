import { keysOf } from "#gateway/clients/client-key.ts";
import type { ReplayGuard } from "#gateway/clients/replay-guard.ts";
import { Fault } from "#gateway/fault.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import { millisecondsOf, type Statement, STATEMENT_TYPES, verifyStatement } from "#connectors/peer/statement.ts";

/** A request as it reached us. `path`: with whatever query it has; `bodyDigest` as in contentDigest, over the exact bytes. */
export type RequestToCheck = {
  /** Header `tongyan-signature`. */
  readonly signature: string;
  readonly method: string;
  readonly path: string;
  readonly bodyDigest: string;
  readonly client: ClientEntry;
  /** This gateway's own name. */
  readonly audience: string;
  readonly replayGuard: ReplayGuard;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** What a peer has signed. `exchange`: theirs; `digest` of the body. */
export type SignedRequest = { readonly jti: string; readonly exchange: string; readonly digest: string };

/** Milliseconds. */
const SKEW = 60_000;
const LONGEST_LIFE = 300_000;
/** Identifiers that a peer makes up. */
const PLAIN = /^[A-Za-z0-9._~-]{1,128}$/;

/**
 * Whether just this request, to us and now, was signed with a key that is registered for the client. Each is taken once. Throws Fault
 * SIGNATURE_INVALID or REPLAYED.
 */
export async function checkSignedRequest(request: RequestToCheck): Promise<SignedRequest> {
  const { signature, client, replayGuard } = request;
  const claims = await verifyStatement(signature, { type: STATEMENT_TYPES.request, keys: keysOf(client) });
  if (claims === null) throw invalid("it is no signed request by a registered key of this client");
  const { until, ...signed } = checkClaims(claims, request);
  // Neither name holds a line end, so no two pairs make one key.
  if (await replayGuard.use(`peer-request\n${client.id}\n${signed.jti}`, until)) return signed;
  throw new Fault("REPLAYED", "tongyan-signature: its jti was used before");
}

/** `until`: milliseconds, from which on it is no longer taken. */
function checkClaims(claims: Statement, request: RequestToCheck): SignedRequest & { readonly until: number } {
  const { jti, exchange, digest } = claims;
  if (claims["iss"] !== request.client.id) throw invalid("iss is not the client");
  if (claims["aud"] !== request.audience) throw invalid("aud is not this gateway");
  if (claims["htm"] !== request.method || claims["htu"] !== request.path) throw invalid("for another method or path");
  if (digest !== request.bodyDigest) throw invalid("the body is not the one that was signed");
  if (typeof jti !== "string" || !PLAIN.test(jti)) throw invalid("jti must be 1 to 128 plain characters");
  if (typeof exchange !== "string" || !PLAIN.test(exchange))
    throw invalid("exchange must be 1 to 128 plain characters");
  return { jti, exchange, digest: request.bodyDigest, until: checkTimes(claims, request.clock()) };
}

function checkTimes(claims: Statement, now: number): number {
  const [iat, exp] = [millisecondsOf(claims["iat"]), millisecondsOf(claims["exp"])];
  if (iat === null || exp === null) throw invalid("iat and exp must be numbers of seconds");
  if (iat > now + SKEW) throw invalid("iat is in the future");
  if (exp <= now) throw invalid("exp has passed");
  if (exp > iat + LONGEST_LIFE) throw invalid("good for more than 5 minutes");
  return exp;
}

const invalid = (why: string): Fault => new Fault("SIGNATURE_INVALID", `tongyan-signature: ${why}`);
