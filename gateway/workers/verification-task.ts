import type { Limits } from "#certs/limits.ts";
import type { PolicyId } from "#certs/policy.ts";
import type { RefusalCode } from "#certs/refusal.ts";
import type { TrustMaterial } from "#certs/trust/snapshot.ts";

/** What a worker thread is started with. */
export type WorkerOutfit = { readonly material: TrustMaterial; readonly limits: Limits };

/** One document for a worker. Its memory goes over to the worker: nothing is copied on the way. */
export type VerificationTask = {
  readonly kind: "verify";
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of `bytes`, when it is known already. */
  readonly sha256?: string;
  readonly policy: PolicyId;
  /** Milliseconds. */
  readonly at: number;
};

/** `ping` answers when the worker has read its trust material and can verify. */
export type WorkerTask = VerificationTask | { readonly kind: "ping" };

export type WorkerAnswer =
  | { readonly kind: "ready" }
  /** The report as JSON: a text crosses between threads in a tenth of the time that its objects take. */
  | { readonly kind: "report"; readonly text: string }
  | { readonly kind: "refused"; readonly code: RefusalCode; readonly detail: string }
  | { readonly kind: "over-budget"; readonly detail: string }
  /** An exception: a defect of ours. `trace` has no message, since one may quote the document. */
  | { readonly kind: "error"; readonly trace: string };
