import type { Intake } from "./document-body.ts";
import { approvalHandlers } from "./handlers/approvals.ts";
import { caseHandlers } from "./handlers/cases.ts";
import { catalogueHandlers } from "./handlers/catalogue.ts";
import { clientHandlers } from "./handlers/clients.ts";
import { erasureHandlers } from "./handlers/erasures.ts";
import { exchangeHandlers } from "./handlers/exchanges.ts";
import { grantHandlers } from "./handlers/grants.ts";
import { healthHandlers } from "./handlers/health.ts";
import { historyHandlers } from "./handlers/history.ts";
import { itemHandlers } from "./handlers/items.ts";
import { logHandlers } from "./handlers/log.ts";
import { lookupHandlers } from "./handlers/lookups.ts";
import { matchHandlers } from "./handlers/matches.ts";
import { monitorHandlers } from "./handlers/monitor.ts";
import { noticeHandlers } from "./handlers/notices.ts";
import { sourceHandlers } from "./handlers/sources.ts";
import { tokenHandlers } from "./handlers/tokens.ts";
import { trailHandlers } from "./handlers/trails.ts";
import { verificationHandlers } from "./handlers/verifications.ts";
import type { Operations } from "./operations.ts";
import { requestCounter } from "./rate-limit.ts";
import type { Contract, Handlers } from "./routes.ts";

type Parts = {
  readonly operations: Operations;
  readonly intake: Intake;
  readonly contract: Contract;
  /** Milliseconds for which whoever reads an answer may take nothing of it. */
  readonly maxSilence: number;
};

/** Every operation of the contract: one file for each of its tags. */
export function handlersOf({ operations, intake, contract, maxSilence }: Parts): Handlers {
  const { administration } = operations;
  const count = requestCounter(operations);
  return {
    ...verificationHandlers(operations, intake),
    ...matchHandlers(operations, count),
    ...lookupHandlers(operations, count),
    ...exchangeHandlers(operations, maxSilence),
    ...erasureHandlers(operations),
    ...trailHandlers(operations),
    ...logHandlers(operations),
    ...catalogueHandlers(administration),
    ...itemHandlers(administration),
    ...caseHandlers(administration),
    ...approvalHandlers(operations),
    ...noticeHandlers(operations),
    ...clientHandlers(administration),
    ...grantHandlers(administration),
    ...sourceHandlers(operations),
    ...historyHandlers(administration),
    ...tokenHandlers(operations),
    ...monitorHandlers(operations),
    ...healthHandlers(operations),
    getContract: async () => contract,
  };
}
