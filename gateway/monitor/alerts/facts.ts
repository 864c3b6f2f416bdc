import type { QuotaUse } from "#gateway/limits/quota.ts";
import type { LogState } from "#gateway/log/exchange-log.ts";
import type { Curiosities } from "#gateway/log/index/curiosities.ts";
import type { CountSlots } from "../count-slots.ts";
import type { SourceState } from "../source-watch.ts";

/** Times in milliseconds since the epoch; null when there is none of the kind. */
export type TrustEndings = {
  /** The earliest nextUpdate of the CRLs in use. */
  readonly crl: number | null;
  /** Ends of the trusted certificates, in any order. */
  readonly certificates: readonly number[];
  /** Of the certificate that this service shows itself. */
  readonly ownCertificate: number | null;
};

/** `problem`: why it does not cosign, a code; null when it does. */
export type WitnessFacts = { readonly name: string; readonly problem: string | null };

/** All that alerts rest on, gathered before any rule is looked at. Null where nobody can say. */
export type AlertFacts = {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly counts: CountSlots;
  /** Sums of the counts over the last minutes. */
  readonly within: (minutes: number) => Float64Array;
  readonly sources: ReadonlyMap<string, SourceState>;
  readonly quotas: readonly QuotaUse[];
  readonly endings: TrustEndings;
  readonly log: LogState | null;
  /** When the clock was last seen to be behind the log, milliseconds; null when it was not since the start. */
  readonly setBackAt: number | null;
  readonly witnesses: readonly WitnessFacts[];
  readonly curiosities: Curiosities | null;
};
