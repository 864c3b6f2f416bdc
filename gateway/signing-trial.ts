import { randomUUID } from "node:crypto";
import { compactVerify, importJWK } from "jose";
import type { GatewayKey } from "./clients/gateway-key.ts";
import type { ExchangeLog } from "./log/exchange-log.ts";
import { openNote } from "./log/tlog/signed-note.ts";
import { readVerifierKey } from "./log/tlog/verifiers.ts";

const TRIAL_TYPE = "trial+jwt";

/** The gateway's key signs something of no worth, and the public half that others are given verifies it. Throws when it does not. */
export async function tryGatewayKey({ identity, jwks }: Pick<GatewayKey, "identity" | "jwks">): Promise<void> {
  const nonce = randomUUID();
  const signed = await identity.sign({ nonce }, TRIAL_TYPE);
  const [jwk] = jwks().keys;
  if (jwk === undefined) throw new Error("no public key");
  const { payload } = await compactVerify(signed, await importJWK(jwk, "EdDSA"), { algorithms: ["EdDSA"] });
  const claims: { readonly nonce?: unknown } = JSON.parse(Buffer.from(payload).toString("utf8"));
  if (claims.nonce !== nonce) throw new Error("another text was signed");
}

/** Entries are to stand under a signed checkpoint after so many milliseconds. */
const SIGNED_WITHIN = 60_000;

/**
 * What the log signs is its checkpoint: the newest one holds by each of the keys that are published, Ed25519 and SM2, and entries do not wait
 * long for one. Throws when it is not so.
 */
export async function tryLogKeys(log: Pick<ExchangeLog, "state" | "public">, now: number): Promise<void> {
  const { size, published, checkpointAt } = log.state();
  if (size > published && checkpointAt !== null && now - checkpointAt > SIGNED_WITHIN) {
    throw new Error("entries wait for a checkpoint");
  }
  // Nothing was ever signed, and nothing has to be yet.
  if (published === 0) return;
  const vkeys = log.public.keys().split("\n").filter(Boolean);
  const { verified } = openNote(
    log.public.checkpoint(),
    vkeys.map((vkey) => readVerifierKey(vkey).verifier),
  );
  if (vkeys.length === 0 || verified.length !== vkeys.length) throw new Error("a key has not signed the checkpoint");
}
