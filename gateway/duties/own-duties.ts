import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { Approvals, WaitingApproval } from "./approvals.ts";
import type { Notice, Notices } from "./notices.ts";

type Parts = {
  readonly approvals: Pick<Approvals, "waiting" | "decide">;
  readonly notices: Pick<Notices, "to">;
  /** Throws Fault DENIED or AUTHENTICATION_REQUIRED. */
  readonly permit: (caller: Caller, action: "approve") => void;
};

/** What a caller does with the approvals and notices of its own organisation. */
export type OwnDuties = {
  readonly waitingApprovals: (caller: Caller, limit: number) => Promise<readonly WaitingApproval[]>;
  readonly decideApproval: (
    id: string,
    decided: { readonly decision: "approve" | "reject"; readonly official: string },
    caller: Caller,
  ) => Promise<void>;
  readonly noticesTo: (
    caller: Caller,
    page: { readonly after: number; readonly limit: number },
  ) => Promise<readonly Notice[]>;
};

export function ownDuties({ approvals, notices, permit }: Parts): OwnDuties {
  return {
    async waitingApprovals(caller, limit) {
      permit(caller, "approve");
      return approvals.waiting(organisationOf(caller), limit);
    },
    async decideApproval(id, { decision, official }, caller) {
      permit(caller, "approve");
      approvals.decide(id, decision, { organisation: organisationOf(caller), client: caller.id, official });
    },
    noticesTo: async (caller, { after, limit }) => notices.to(organisationOf(caller), { after, limit }),
  };
}

function organisationOf({ organisation }: Caller): string {
  if (organisation === null) throw new Fault("AUTHENTICATION_REQUIRED");
  return organisation.code;
}
