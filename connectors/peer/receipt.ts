import { SourceError } from "../source-error.ts";
import { contentDigest, millisecondsOf, STATEMENT_TYPES, type StatementKey, verifyStatement } from "./statement.ts";

/** What a receipt has to be about. `request` and `answer`: digests of the exact bytes; `of`: the `jti` of our request. */
export type Asked = {
  readonly issuer: string;
  readonly of: string;
  readonly request: string;
  readonly answer: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

const LONGEST_SKEW = 300_000;
/** Identifiers of exchanges (RFC 9562, version 7). */
const EXCHANGE = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The peer's exchange, once its receipt is proven to be by the peer and about just this request and these bytes: neither an older
 * answer nor another's can stand in. Throws SourceError SOURCE_UNTRUSTED.
 */
export async function checkReceipt(receipt: string, keys: readonly StatementKey[], asked: Asked): Promise<string> {
  if (receipt === "") throw untrusted("there is none");
  const claims = await verifyStatement(receipt, { type: STATEMENT_TYPES.receipt, keys });
  if (claims === null) throw untrusted("not signed with a pinned key");
  if (claims["iss"] !== asked.issuer) throw untrusted("of another issuer");
  if (claims["of"] !== asked.of || claims["request"] !== asked.request) throw untrusted("about another request");
  if (claims["answer"] !== contentDigest(asked.answer)) throw untrusted("about another answer");
  const at = millisecondsOf(claims["iat"]);
  if (at === null || Math.abs(asked.now - at) > LONGEST_SKEW) throw untrusted("of another time");
  const exchange = claims["exchange"];
  if (typeof exchange !== "string" || !EXCHANGE.test(exchange)) throw untrusted("names no exchange");
  return exchange;
}

const untrusted = (why: string): SourceError => new SourceError("SOURCE_UNTRUSTED", `the peer's receipt: ${why}`);
