import {
  GENERALISE_METHODS,
  type GeneraliseMethod,
  MASK_METHODS,
  type MaskMethod,
  type Treatment,
} from "./decision.ts";

/** A treatment as a rule states it. `by-type`: masked as fits the field's type. */
export type StatedTreatment =
  | Exclude<Treatment, { readonly kind: "mask" }>
  | { readonly kind: "mask"; readonly method: MaskMethod | "by-type" };

const PLAIN = ["give", "blot", "match-only", "withhold"] as const;

/** Reads `give`, `mask`, `mask:name`, `generalise:year`…; null for what is no treatment. */
export function parseTreatment(text: string): StatedTreatment | null {
  const plain = PLAIN.find((kind) => kind === text);
  if (plain !== undefined) return { kind: plain };
  if (text === "mask") return { kind: "mask", method: "by-type" };
  const mask = MASK_METHODS.find((method) => text === `mask:${method}`);
  if (mask !== undefined) return { kind: "mask", method: mask };
  const generalise = GENERALISE_METHODS.find((method) => text === `generalise:${method}`);
  return generalise === undefined ? null : { kind: "generalise", method: generalise };
}

/** As in a rule's annotation. */
export const treatmentWord = (treatment: Treatment): string =>
  "method" in treatment ? `${treatment.kind}:${treatment.method}` : treatment.kind;

const MASK_OF_TYPE: Readonly<Record<string, MaskMethod>> = {
  name: "name",
  "resident-number": "resident-number",
  "holder-code": "resident-number",
  phone: "phone",
  address: "address",
  "certificate-number": "certificate-number",
  account: "bank-card",
};

/** A mask keeps the length, which tells `true` from `false`, and one code from another. */
const TOLD_BY_LENGTH: ReadonlySet<string> = new Set(["flag", "code"]);

/** Free text: it may repeat what another field of the same record masks, such as a name. So it is never given as it is. */
const FREE_TEXT: ReadonlySet<string> = new Set(["text", "address"]);

/** What a stated treatment comes to for a field of this type. */
export function treatmentFor(stated: StatedTreatment, type: string): Treatment {
  if (stated.kind === "give") return FREE_TEXT.has(type) ? { kind: "blot" } : stated;
  if (stated.kind !== "mask") return stated;
  if (TOLD_BY_LENGTH.has(type)) return { kind: "match-only" };
  return { kind: "mask", method: stated.method === "by-type" ? maskOf(type) : stated.method };
}

const maskOf = (type: string): MaskMethod =>
  (Object.hasOwn(MASK_OF_TYPE, type) ? MASK_OF_TYPE[type] : undefined) ?? "whole";

/** From the mildest on. */
const KINDS = ["give", "blot", "mask", "generalise", "match-only", "withhold"] as const;
const WHOLE: Treatment = { kind: "mask", method: "whole" };
/** Each pair: the coarser method and one that it covers. */
const COARSER: readonly (readonly [GeneraliseMethod, GeneraliseMethod])[] = [
  ["year", "month"],
  ["province", "county"],
];

const MASKED_WHOLE = KINDS.indexOf("generalise") + 0.5;
const rankOf = (treatment: Treatment): number =>
  treatment.kind === "mask" && treatment.method === "whole" ? MASKED_WHOLE : KINDS.indexOf(treatment.kind);

/**
 * The one that tells least: withhold, match-only, mask whole, generalise, mask, blot, give, in this order; null of none. Two methods
 * of which neither covers the other (a name's mask and a phone's) come to a mask of the whole.
 */
export function strictest(treatments: readonly Treatment[]): Treatment | null {
  const rank = Math.max(...treatments.map(rankOf));
  const [first, ...others] = treatments.filter((treatment) => rankOf(treatment) === rank);
  return first === undefined ? null : others.reduce(bothOf, first);
}

/** Of two that rank alike. */
function bothOf(one: Treatment, other: Treatment): Treatment {
  if (treatmentWord(one) === treatmentWord(other)) return one;
  if (one.kind !== "generalise" || other.kind !== "generalise") return WHOLE;
  if (COARSER.some(([coarse, fine]) => coarse === one.method && fine === other.method)) return one;
  return COARSER.some(([coarse, fine]) => coarse === other.method && fine === one.method) ? other : WHOLE;
}
