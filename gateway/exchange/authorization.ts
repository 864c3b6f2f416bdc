import { authorize, type AuthorizationRequest } from "#policies/authorize.ts";
import type { Decision } from "#policies/decision.ts";
import { Fault } from "#gateway/fault.ts";
import type { Client } from "#gateway/log/exchange-record.ts";

export type Access = AuthorizationRequest["context"]["access"];

/** A policy that fails is not a denial by rule: throws Fault POLICY_UNAVAILABLE. */
export function decideOn(client: Client, access: Access): Decision {
  try {
    const principal = { client: client.id, address: client.network };
    return authorize({ principal, action: "verify", context: { access } });
  } catch (cause) {
    throw new Fault("POLICY_UNAVAILABLE", undefined, { cause });
  }
}

export const reasonsOf = ({ reasons }: Decision): string => reasons.map(({ zh, en }) => `${zh} ${en}`).join("; ");
