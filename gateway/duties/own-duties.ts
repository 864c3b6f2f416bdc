import { normalise } from "#connectors/compare.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { Act } from "#gateway/log/acts.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";
import type { Approvals, WaitingApproval } from "./approvals.ts";
import type { Notice, Notices } from "./notices.ts";

type Parts = {
  readonly approvals: Pick<Approvals, "waiting" | "decidable" | "decide">;
  readonly notices: Pick<Notices, "to">;
  /** Throws Fault DENIED or AUTHENTICATION_REQUIRED. */
  readonly permit: (caller: Caller, action: "approve") => void;
  readonly acts: Pick<Acts, "carryOut">;
  /** Stands for an official's account in the log. */
  readonly pseudonym: (text: string) => string;
};

/** What a caller does with the approvals and notices of its own organisation. */
export type OwnDuties = {
  readonly waitingApprovals: (caller: Caller, limit: number) => Promise<readonly WaitingApproval[]>;
  /** On record before it is decided; `exchange`: where. */
  readonly decideApproval: (
    id: string,
    decided: { readonly decision: "approve" | "reject"; readonly official: string },
    caller: Caller,
  ) => Promise<{ readonly exchange: string }>;
  readonly noticesTo: (
    caller: Caller,
    page: { readonly after: number; readonly limit: number },
  ) => Promise<readonly Notice[]>;
};

export function ownDuties({ approvals, notices, permit, acts, pseudonym }: Parts): OwnDuties {
  return {
    async waitingApprovals(caller, limit) {
      permit(caller, "approve");
      return approvals.waiting(organisationOf(caller), limit);
    },
    async decideApproval(id, { decision, official }, caller) {
      permit(caller, "approve");
      const approver = { organisation: organisationOf(caller), client: caller.id, official };
      const { digest: request, resource } = approvals.decidable(id, approver);
      const act: Act = {
        act: "decide-approval",
        to: `approval/${id}`,
        detail: { decision, request, resource, official: pseudonym(normalise("code", official)) },
      };
      const { exchange } = await acts.carryOut(act, caller, () => approvals.decide(id, decision, approver));
      return { exchange };
    },
    noticesTo: async (caller, { after, limit }) => notices.to(organisationOf(caller), { after, limit }),
  };
}

function organisationOf({ organisation }: Caller): string {
  if (organisation === null) throw new Fault("AUTHENTICATION_REQUIRED");
  return organisation.code;
}
