import { randomUUIDv7 } from "node:crypto";
import type { ActRecord, Client } from "./exchange-record.ts";
import type { LogEntry } from "./log-entry.ts";

type Digest = string;

/** Every act there is: what it is called, what it is done to, and the facts that are kept of it. Names, versions, digests and counts; never personal data. */
export type Act =
  | {
      readonly act: "change-entry";
      /** Kind and identifier of a registry entry, as in `grant/anhui-real-estate`. */
      readonly to: string;
      /** `version` of the entry afterwards; `digest` of its JSON text, null when it is taken out. */
      readonly detail: {
        readonly change: "put" | "remove";
        readonly version: number;
        readonly digest: Digest | null;
        readonly by: string;
      };
    }
  | {
      readonly act: "fill-registry";
      readonly to: "registry";
      readonly detail: { readonly entries: number; readonly digest: Digest; readonly by: string };
    }
  | {
      readonly act: "upload-table";
      /** As in `source/anhui-register`. */
      readonly to: string;
      readonly detail: {
        readonly digest: Digest;
        readonly asOf: string;
        readonly rows: number;
        readonly accepted: number;
        readonly refused: number;
      };
    }
  | {
      readonly act: "decide-approval";
      /** As in `approval/<uuid>`. */
      readonly to: string;
      /** `request` stands for the whole request; `official` is a keyed pseudonym of who decided. */
      readonly detail: {
        readonly decision: "approve" | "reject";
        readonly request: Digest;
        readonly resource: string;
        readonly official: string;
      };
    }
  | {
      readonly act: "change-policies";
      readonly to: "policies";
      /** `refused`: `before` stays in force. */
      readonly detail: {
        readonly outcome: "in-force" | "refused";
        /** Null when the files could not be read. */
        readonly digest: Digest | null;
        readonly before: Digest;
      };
    }
  | {
      readonly act: "change-trust";
      readonly to: "trust";
      readonly detail: { readonly digest: Digest; readonly before: Digest };
    }
  | {
      readonly act: "start-service" | "stop-service";
      readonly to: "service";
      readonly detail: { readonly version: string; readonly policies: Digest; readonly trust: Digest };
    }
  | {
      readonly act: "erase-exchange";
      /** As in `exchange/<uuid>`. */
      readonly to: string;
      readonly detail: { readonly basis: string; readonly reference: string };
    }
  | {
      readonly act: "erase-person";
      readonly to: "exchanges";
      /** How many could be erased, and how many are too young; never whose they were. */
      readonly detail: {
        readonly basis: string;
        readonly reference: string;
        readonly exchanges: number;
        readonly kept: number;
      };
    }
  | {
      /** Somebody searched for a person, asked for a person's trail, or took records away. */
      readonly act: "read-evidence";
      readonly to: "person" | "trail" | "export";
      readonly detail: { readonly purpose: string | null };
    }
  | {
      readonly act: "apply-retention";
      readonly to: "exchanges";
      /** How many were older than these times (RFC 3339). */
      readonly detail: {
        readonly exchanges: number;
        readonly exchangesBefore: string;
        readonly acts: number;
        readonly actsBefore: string;
      };
    }
  /** An act that was recorded failed, and is not known to have taken effect. */
  | {
      readonly act: "report-failure";
      /** As in `exchange/<uuid>`. */
      readonly to: string;
      readonly detail: { readonly act: ActName; readonly code: string };
    };
export type ActName = Act["act"];

/** `append` resolves when the entry is durable, and throws Fault LOG_UNAVAILABLE. */
export type ActLog = { readonly append: (entry: LogEntry) => Promise<void> };

type Moment = { readonly id: string; readonly receivedAt: string };

export const actRecord = ({ act, to, detail }: Act, client: Client | null, moment: Moment): ActRecord => ({
  ...moment,
  kind: "act",
  client,
  act,
  to,
  detail,
});

/** Resolves to the act's exchange once it is durable. `client`: who did it, null for the service itself. Throws Fault LOG_UNAVAILABLE. */
export async function recordAct(
  log: ActLog,
  act: Act,
  { client, clock }: { readonly client: Client | null; readonly clock: () => number },
): Promise<string> {
  const record = actRecord(act, client, { id: randomUUIDv7(), receivedAt: new Date(clock()).toISOString() });
  await log.append({ record, request: null, answer: null, subject: null, persons: [] });
  return record.id;
}
