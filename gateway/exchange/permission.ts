import type { Action } from "#policies/request.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import { type Access, type Authorize, decideOn, hourInChina, reasonsOf } from "./authorization.ts";

type Services = { readonly access: Access; readonly authorize: Authorize; readonly clock: () => number };

/** Throws Fault DENIED with the rules' reasons, or AUTHENTICATION_REQUIRED when nobody said who is asking. */
export type Permission = (
  caller: Caller,
  action: Extract<Action, "read-catalogue" | "administer" | "register-case" | "approve" | "read-trail" | "erase">,
) => void;

/** What a caller may do besides exchanges, in its own name and for its own organisation. */
export const permissionBy =
  ({ access, authorize, clock }: Services): Permission =>
  (caller, action) => {
    const owner = { client: caller.id, organisation: caller.organisation?.code ?? null };
    const context = { access, hour: hourInChina(clock()), owner };
    const decision = decideOn({ caller, action, context }, authorize);
    if (decision.effect === "permit") return;
    if (caller.authentication === "none") throw new Fault("AUTHENTICATION_REQUIRED");
    throw new Fault("DENIED", reasonsOf(decision.reasons));
  };
