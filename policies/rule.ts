import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { ParsedPolicy } from "./cedar.ts";
import { PolicyError } from "./policy-error.ts";
import { parseTreatment, type StatedTreatment } from "./treatment.ts";

/** What a `permit` obliges to when it is one of those that decide. */
export type Obligations = {
  readonly treatment: StatedTreatment | null;
  readonly quota: boolean;
  readonly watermark: boolean;
  readonly notify: boolean;
  readonly secondApprover: boolean;
  readonly verificationPlan: boolean;
};

/** One policy with what its annotations say. `basis`: the law it rests on. */
export type Rule = {
  readonly id: string;
  readonly file: string;
  readonly effect: PolicyJson["effect"];
  readonly code: string;
  readonly zh: string;
  readonly en: string;
  readonly basis: string | null;
  readonly obligations: Obligations;
};

type Annotations = ReadonlyMap<string, string>;

const ID = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
const TEXTS = ["id", "code", "zh", "en", "basis"];
/** What reasons may quote of the request: nothing that its sender wrote. */
export const LEGAL_BASIS = "{legalBasis}";

const INQUIRIES = ["match", "lookup"];
const FIELDS = ["match-field", "lookup-field"];
type Duty = { readonly value: string; readonly actions: readonly string[] };
/** Obligations besides `treatment`: the one value that is understood (none is ""), and the actions it can be carried out for. */
const DUTIES: Readonly<Record<string, Duty>> = {
  quota: { value: "grant", actions: INQUIRIES },
  watermark: { value: "", actions: [...INQUIRIES, ...FIELDS] },
  notify: { value: "provider", actions: [...INQUIRIES, ...FIELDS] },
  second_approver: { value: "", actions: [...INQUIRIES, ...FIELDS] },
  plan: { value: "verification", actions: ["verify"] },
};

/** Reads a policy's annotations. One that is not understood refuses the policy: what it obliges to could not be carried out. Throws PolicyError. */
export function readRule({ json }: ParsedPolicy, file: string): Rule {
  const annotations = annotationsOf(json);
  const id = annotations.get("id") ?? "";
  if (!ID.test(id))
    throw new PolicyError("a policy needs an @id of small letters, digits and hyphens", { file, rule: id });
  try {
    return {
      id,
      file,
      effect: json.effect,
      ...readTexts(annotations),
      obligations: readObligations(json, annotations),
    };
  } catch (error) {
    if (!(error instanceof Misstated)) throw error;
    throw new PolicyError(error.message, { file, rule: id });
  }
}

class Misstated extends Error {}

/** An annotation without a value is null in Cedar's JSON. */
const annotationsOf = ({ annotations = {} }: PolicyJson): Annotations =>
  new Map(Object.entries(annotations).map(([name, value]: [string, string | null]) => [name, value ?? ""]));

function readTexts(annotations: Annotations): Pick<Rule, "code" | "zh" | "en" | "basis"> {
  const code = annotations.get("code") ?? "";
  if (!CODE.test(code)) throw new Misstated("@code is missing or not in capitals");
  const [zh, en] = [annotations.get("zh")?.trim() ?? "", annotations.get("en")?.trim() ?? ""];
  if (!/\p{Script=Han}/u.test(zh)) throw new Misstated("@zh, the reason in Chinese, is missing");
  if (!/[a-z]/u.test(en)) throw new Misstated("@en, the reason in English, is missing");
  for (const text of [zh, en]) {
    if (/[{}]/u.test(text.replaceAll(LEGAL_BASIS, ""))) throw new Misstated(`only ${LEGAL_BASIS} can stand in braces`);
  }
  return { code, zh, en, basis: annotations.get("basis") ?? null };
}

function readObligations(json: PolicyJson, annotations: Annotations): Obligations {
  const actions = actionsOf(json);
  for (const [name, value] of annotations) {
    if (TEXTS.includes(name)) continue;
    if (json.effect === "forbid") throw new Misstated(`@${name}: a forbid obliges to nothing`);
    if (name !== "treatment") checkDuty(name, value, actions);
  }
  if (json.effect === "permit") checkPermit(actions, annotations);
  return {
    treatment: readTreatment(annotations, actions),
    quota: annotations.has("quota"),
    watermark: annotations.has("watermark"),
    notify: annotations.has("notify"),
    secondApprover: annotations.has("second_approver"),
    verificationPlan: annotations.has("plan"),
  };
}

function checkDuty(name: string, value: string, actions: readonly string[]): void {
  const duty = Object.hasOwn(DUTIES, name) ? DUTIES[name] : undefined;
  if (duty === undefined) throw new Misstated(`@${name} is no annotation that is understood`);
  if (value !== duty.value) throw new Misstated(`@${name}("${value}"): only ("${duty.value}") is understood`);
  const beyond = actions.find((action) => !duty.actions.includes(action));
  if (beyond !== undefined) throw new Misstated(`@${name} cannot be carried out for ${beyond}`);
}

function checkPermit(actions: readonly string[], annotations: Annotations): void {
  if (actions.length === 0) throw new Misstated("a permit names its actions one by one");
  if (actions.includes("verify") && !annotations.has("plan")) {
    throw new Misstated('a permit of verify needs @plan("verification"): without a plan everything is given');
  }
  const onField = actions.some((action) => FIELDS.includes(action));
  const obliges = Object.keys(DUTIES).some((name) => annotations.has(name));
  if (onField && !annotations.has("treatment") && !obliges) {
    throw new Misstated("a permit for fields needs a @treatment, or a duty that it adds");
  }
}

function readTreatment(annotations: Annotations, actions: readonly string[]): StatedTreatment | null {
  const text = annotations.get("treatment");
  if (text === undefined) return null;
  const treatment = parseTreatment(text);
  if (treatment === null) throw new Misstated(`@treatment("${text}") is not understood`);
  if (!actions.every((action) => FIELDS.includes(action))) throw new Misstated("@treatment is for fields only");
  return treatment;
}

/** Those named in the policy's scope; [] when it names none. */
function actionsOf({ action }: PolicyJson): readonly string[] {
  if (action.op === "All") return [];
  const named = "entities" in action ? action.entities : "entity" in action ? [action.entity] : [];
  return named.map((uid) => ("__entity" in uid ? uid.__entity.id : uid.id));
}
