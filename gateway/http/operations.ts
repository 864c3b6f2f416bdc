import type { JWK } from "jose";
import type { PolicyId } from "#certs/policy.ts";
import type { Upload } from "#connectors/upload.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import type {
  authorizationServerMetadata,
  GrantedToken,
  TokenCircumstances,
  TokenForm,
} from "#gateway/clients/token-endpoint.ts";
import type { WaitingApproval } from "#gateway/duties/approvals.ts";
import type { Notice } from "#gateway/duties/notices.ts";
import type { Evidence } from "#gateway/evidence/evidence.ts";
import type { LookupBody, MatchBody } from "#gateway/exchange/inquiry-body.ts";
import type { AsAsked, LookupRequest, MatchRequest } from "#gateway/exchange/inquiry-request.ts";
import type { InquiryAnswer } from "#gateway/exchange/inquiry.ts";
import type { VerificationAnswer, VerificationRequest } from "#gateway/exchange/verification.ts";
import type { Readiness } from "#gateway/health.ts";
import type { MonitorOperations } from "#gateway/monitor/monitoring.ts";
import type { PublicLog } from "#gateway/log/public-log.ts";
import type { PeerProtocol } from "#gateway/peers/peer-protocol.ts";
import type { Administration } from "#gateway/registry/administration.ts";
import type { UploadOutcome } from "#gateway/sources/table-upload.ts";
import type { Authenticate } from "./authentication.ts";
import type { SequencePage } from "./page.ts";
import type { RateLimits } from "./rate-limit.ts";

/** What the routes do, each one function; and what is asked before. All may throw Faults. */
export type Operations = RateLimits &
  PeerProtocol & {
    readonly authenticate: Authenticate;
    readonly grantToken: (form: TokenForm, circumstances: TokenCircumstances) => Promise<GrantedToken>;
    readonly authorizationServer: ReturnType<typeof authorizationServerMetadata>;
    /** Public halves of the gateway's own keys. */
    readonly keys: () => { readonly keys: readonly JWK[] };

    readonly verify: (request: VerificationRequest) => Promise<VerificationAnswer>;
    readonly defaultPolicy: PolicyId;
    readonly match: (request: AsAsked<MatchRequest>) => Promise<InquiryAnswer<MatchBody>>;
    readonly lookUp: (request: AsAsked<LookupRequest>) => Promise<InquiryAnswer<LookupBody>>;
    /** What was recorded, and what becomes of it. */
    readonly evidence: Evidence;

    readonly publicLog: PublicLog;

    readonly administration: Administration;
    /** For operators. Throws UploadError too. */
    readonly uploadTable: (
      caller: Caller,
      source: string,
      upload: Upload,
      signal: AbortSignal,
    ) => Promise<UploadOutcome>;
    /** Of the caller's own organisation. */
    readonly waitingApprovals: (caller: Caller, limit: number) => Promise<readonly WaitingApproval[]>;
    /** `official`: who decides. */
    readonly decideApproval: (
      id: string,
      decided: { readonly decision: "approve" | "reject"; readonly official: string },
      caller: Caller,
    ) => Promise<{ readonly exchange: string }>;
    /** To the caller's own organisation, in the order in which they were written. */
    readonly noticesTo: (caller: Caller, page: SequencePage) => Promise<readonly Notice[]>;

    readonly monitor: MonitorOperations;
    readonly readiness: () => Promise<Readiness>;
  };
