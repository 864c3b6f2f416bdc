import { contentDigest, STATEMENT_TYPES } from "#connectors/peer/statement.ts";
import type { Identity } from "#connectors/settings.ts";
import type { SignedRequest } from "./signed-request.ts";

export type ReceiptToMake = {
  readonly identity: Identity;
  /** This gateway's own name. */
  readonly issuer: string;
  /** The exchange here. */
  readonly exchange: string;
  readonly request: SignedRequest;
  /** The exact bytes that are answered with. */
  readonly answer: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** Header `tongyan-receipt`: our signed statement that this request was answered with these bytes, as a compact JWS. */
export async function makeReceipt(to: ReceiptToMake): Promise<string> {
  const { jti, digest } = to.request;
  const claims = {
    iss: to.issuer,
    exchange: to.exchange,
    of: jti,
    request: digest,
    answer: contentDigest(to.answer),
    iat: Math.floor(to.clock() / 1000),
  };
  return await to.identity.sign(claims, STATEMENT_TYPES.receipt);
}
