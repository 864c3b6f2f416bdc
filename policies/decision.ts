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

/** Masking is left out when the member at `path` holds one of these texts. */
export type Exception = { readonly path: FieldPath; readonly oneOf: readonly string[] };

/** What happens to one field. `blot` gives a text in which every value that the plan masks or withholds is blotted out. */
export type Treatment =
  | { readonly kind: "give" }
  | { readonly kind: "mask"; readonly method: MaskMethod; readonly unless?: Exception }
  | { readonly kind: "blot" }
  | { readonly kind: "withhold" };

/** Member names joined by dots, as in `licence.holder.name`; `*` stands for any member or element. */
export type FieldPath = string;

/** The treatment of each field of an answer; what no path names is given. A name goes before `*`. */
export type Plan = Readonly<Record<FieldPath, Treatment>>;

export type DecisionReason = { readonly code: string; readonly zh: string; readonly en: string };

/** The answer of `authorize`. A deny has an empty plan: nothing is disclosed under it. */
export type Decision = {
  readonly effect: "permit" | "deny";
  readonly decisionId: string;
  /** `sha256:` and the hex digest of the rules and plans that decided. */
  readonly policySetDigest: string;
  readonly reasons: readonly DecisionReason[];
  readonly plan: Plan;
};
