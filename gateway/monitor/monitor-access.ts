import type { Decision } from "#policies/decision.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { type Access, type Authorize, decideOn, hourInChina, reasonsOf } from "#gateway/exchange/authorization.ts";
import { Fault } from "#gateway/fault.ts";

type Services = { readonly access: Access; readonly authorize: Authorize; readonly clock: () => number };

/** All throw Fault DENIED with the rules' reasons, or AUTHENTICATION_REQUIRED when nobody said who is asking. */
export type MonitorAccess = {
  readonly toMonitor: (caller: Caller) => void;
  readonly toMetrics: (caller: Caller) => void;
  /** Which of these organisations' scorecards: one at least. */
  readonly toScorecards: (caller: Caller, organisations: readonly string[]) => ReadonlySet<string>;
};

export function monitorAccess({ access, authorize, clock }: Services): MonitorAccess {
  const decide = (
    caller: Caller,
    action: "read-monitor" | "read-metrics" | "read-scorecard",
    organisation: string | null,
  ): Decision => {
    const owner = { client: caller.id, organisation };
    return decideOn({ caller, action, context: { access, hour: hourInChina(clock()), owner } }, authorize);
  };
  const require = (caller: Caller, action: "read-monitor" | "read-metrics"): void => {
    const decision = decide(caller, action, null);
    if (decision.effect !== "permit") throw denied(caller, decision);
  };
  return {
    toMonitor: (caller) => require(caller, "read-monitor"),
    toMetrics: (caller) => require(caller, "read-metrics"),
    toScorecards(caller, organisations) {
      const readable = organisations.filter((each) => decide(caller, "read-scorecard", each).effect === "permit");
      if (readable.length > 0) return new Set(readable);
      throw denied(caller, decide(caller, "read-scorecard", caller.organisation?.code ?? null));
    },
  };
}

const denied = ({ authentication }: Caller, { reasons }: Decision): Fault =>
  authentication === "none" ? new Fault("AUTHENTICATION_REQUIRED") : new Fault("DENIED", reasonsOf(reasons));
