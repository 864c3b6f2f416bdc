import { callerOf } from "../authentication.ts";
import { namingExchange } from "../exchange-header.ts";
import type { Operations } from "../operations.ts";
import { limitOf } from "../page.ts";
import type { Handlers, Schemas } from "../routes.ts";

export function approvalHandlers({
  waitingApprovals,
  decideApproval,
}: Pick<Operations, "waitingApprovals" | "decideApproval">): Pick<Handlers, "listApprovals" | "decideApproval"> {
  return {
    async listApprovals(request) {
      const answer: Schemas["WaitingApprovals"] = {
        approvals: await waitingApprovals(callerOf(request), limitOf(request)),
      };
      return answer;
    },
    async decideApproval(request, reply) {
      const { approval } = request.params as { readonly approval: string };
      const decided = request.body as Schemas["ApprovalDecision"];
      const { exchange } = await decideApproval(approval, decided, callerOf(request));
      return namingExchange(exchange, reply).code(204).send();
    },
  };
}
