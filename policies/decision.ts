/** How a value is made unrecognisable; see `mask`. */
export const MASK_METHODS = [
  "name",
  "resident-number",
  "phone",
  "address",
  "certificate-number",
  "bank-card",
  "whole",
] as const;
export type MaskMethod = (typeof MASK_METHODS)[number];

/** How a value is made coarser; see `generalise`. */
export const GENERALISE_METHODS = ["year", "month", "county", "province", "range"] as const;
export type GeneraliseMethod = (typeof GENERALISE_METHODS)[number];

/** Masking is left out when the member at `path` holds one of these texts. */
export type Exception = { readonly path: FieldPath; readonly oneOf: readonly string[] };

/**
 * What happens to one field. `blot` gives a text in which every value that the plan masks, makes coarser or withholds is blotted out.
 * With `numbers` long numbers go too: a note may hold somebody's, although nobody asked for it. `match-only`: a claim about it is answered, its value never.
 */
export type Treatment =
  | { readonly kind: "give" }
  | { readonly kind: "mask"; readonly method: MaskMethod; readonly unless?: Exception }
  | { readonly kind: "generalise"; readonly method: GeneraliseMethod }
  | { readonly kind: "blot"; readonly numbers?: true }
  | { readonly kind: "match-only" }
  | { readonly kind: "withhold" };

/** Member names joined by dots, as in `licence.holder.name`; `*` stands for any member or element. */
export type FieldPath = string;

/** The treatment of each field of an answer; what no path names is given. A name goes before `*`. */
export type Plan = Readonly<Record<FieldPath, Treatment>>;

/** `rule`: the policy that says so, by its id. */
export type DecisionReason = { readonly code: string; readonly rule: string; readonly zh: string; readonly en: string };

/**
 * One field of the resource asked for. What is withheld is denied, with the rule that says so. `secondApprover`: this field waits
 * for a second official. `notify`: whoever gets it, the provider is told.
 */
export type FieldDecision =
  | { readonly kind: "permit"; readonly treatment: Treatment; readonly secondApprover?: true; readonly notify?: true }
  | { readonly kind: "deny"; readonly reason: DecisionReason };

/** What has to be done besides, on a permit. */
export type Duties = {
  /** Answers a day under this grant. */
  readonly quota: { readonly grant: string; readonly perDay: number } | null;
  /** The answer says for whom and for what it was given. */
  readonly watermark: boolean;
  /** For some field at least; `FieldDecision` says for which. */
  readonly notify: readonly "provider"[];
  /** A second official has to approve, for some field at least, and has not; `FieldDecision` says for which. */
  readonly secondApprover: boolean;
};

/** The answer of `authorize`. A deny has an empty plan, no fields and no duties: nothing is disclosed under it. */
export type Decision = {
  readonly effect: "permit" | "deny";
  readonly decisionId: string;
  /** `sha256:` and the hex digest of the policies and schema that decided. */
  readonly policySetDigest: string;
  readonly reasons: readonly DecisionReason[];
  /** Of a verification's report. */
  readonly plan: Plan;
  /** Every field of the resource asked for, by name; empty when none was. */
  readonly fields: Readonly<Record<string, FieldDecision>>;
  readonly duties: Duties;
};
