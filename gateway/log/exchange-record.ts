import type { PolicyId } from "#certs/policy.ts";
import type { Report } from "#certs/report.ts";

/** Who asked. `proxied`: on this machine, but on behalf of somebody elsewhere. No address is kept: it is personal data. */
export type Client = { readonly id: string; readonly network: "loopback" | "remote" | "proxied" };

/** A report as it is answered: with the exchange that it came out of. */
export type AnsweredReport = Report & {
  readonly id: string;
  readonly exchange: { readonly id: string; readonly receivedAt: string; readonly url: string };
};

export type ExchangeResult = Report["verdict"] | "REFUSED" | "DENIED";

/** One exchange as it is kept. Times are ISO 8601 in UTC. The document itself is not kept. */
export type ExchangeRecord = {
  readonly id: string;
  readonly receivedAt: string;
  readonly kind: "verification";
  readonly client: Client;
  readonly request: {
    readonly sha256: string;
    readonly bytes: number;
    /** Null when the caller asked for now. */
    readonly at: string | null;
    readonly policy: PolicyId;
  };
  readonly decision: {
    readonly effect: "permit" | "deny";
    readonly decisionId: string;
    readonly policySetDigest: string;
    readonly reasons: readonly string[];
  };
  readonly outcome: { readonly result: ExchangeResult; readonly code: string | null };
  readonly report: AnsweredReport | null;
};
