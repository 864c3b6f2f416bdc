import type { Plan, Treatment } from "./decision.ts";
import { generalise, isGeneraliseMethod } from "./generalise.ts";
import { isMaskMethod, mask } from "./mask.ts";

/** A plan that is not understood. Nothing may be disclosed under it: the caller denies. The message names the path, never a value. */
export class DisclosureError extends Error {
  override readonly name = "DisclosureError";
}

type Members = { readonly [name: string]: unknown };

/**
 * The plan as a tree of member names. `unless`: where the treatment's exception looks, name by name. `named`: each branch in a list of its own, ready
 * for branchesAt. `hides`: something in it makes secrets.
 */
type Branch = {
  treatment: Treatment | null;
  unless: readonly string[];
  readonly named: Map<string, readonly [Branch]>;
  any: Branch | null;
  hides: boolean;
};

/** Below two code points a blot would hit letters everywhere. */
const LEAST_BLOT = 2;
/** Comparisons of one character that searching may take; a document that asks for more has all its texts blotted. */
const MAX_WORK = 50_000_000;
/** Bounds the walk; an answer has about six levels. */
const MAX_DEPTH = 64;

const KINDS: ReadonlySet<unknown> = new Set([
  "give",
  "mask",
  "generalise",
  "blot",
  "match-only",
  "withhold",
] satisfies Treatment["kind"][]);

const newBranch = (): Branch => ({ treatment: null, unless: [], named: new Map(), any: null, hides: false });

function checkTreatment(path: string, treatment: Treatment): void {
  if (!KINDS.has(treatment.kind)) throw new DisclosureError(`unknown treatment at ${path}`);
  if (treatment.kind === "mask" && !isMaskMethod(treatment.method)) {
    throw new DisclosureError(`unknown mask at ${path}`);
  }
  if (treatment.kind === "generalise" && !isGeneraliseMethod(treatment.method)) {
    throw new DisclosureError(`unknown generalisation at ${path}`);
  }
}

function growBranch(branch: Branch, name: string): Branch {
  if (name === "*") return (branch.any ??= newBranch());
  const [next] = branch.named.get(name) ?? [newBranch()];
  branch.named.set(name, [next]);
  return next;
}

/** A plan that was read, and understood: it can be carried out any number of times. */
export type ReadPlan = { readonly root: Branch };

/** Throws DisclosureError for a plan that is not understood. */
export const readPlan = (plan: Plan): ReadPlan => ({ root: treeOf(plan) });

function treeOf(plan: Plan): Branch {
  const root = newBranch();
  for (const [path, treatment] of Object.entries(plan)) {
    checkTreatment(path, treatment);
    const names = path.split(".");
    if (names.includes("")) throw new DisclosureError(`malformed path ${path}`);
    const grown = [root];
    for (const name of names) grown.push(growBranch(grown.at(-1) ?? root, name));
    const last = grown.at(-1) ?? root;
    last.treatment = treatment;
    if (treatment.kind === "mask" && treatment.unless !== undefined) last.unless = treatment.unless.path.split(".");
    if (treatment.kind !== "give" && treatment.kind !== "blot") for (const branch of grown) branch.hides = true;
  }
  return root;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function memberAt(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => (isMembers(at) && Object.hasOwn(at, name) ? at[name] : undefined), value);
}

const GIVE: Treatment = { kind: "give" };

/** The treatment in force where these branches meet; a name goes before `*`, and an exception that holds makes a mask a blot. */
function treatmentOf(branches: readonly Branch[], whole: unknown): Treatment {
  const branch = branches.find(({ treatment }) => treatment !== null);
  const treatment = branch?.treatment ?? GIVE;
  if (branch === undefined || treatment.kind !== "mask" || treatment.unless === undefined) return treatment;
  const held = memberAt(whole, branch.unless);
  return typeof held === "string" && treatment.unless.oneOf.includes(held) ? { kind: "blot" } : treatment;
}

const NO_BRANCHES: readonly Branch[] = [];

function branchesAt(branches: readonly Branch[], name: string): readonly Branch[] {
  const [only] = branches;
  if (only !== undefined && branches.length === 1 && only.any === null) return only.named.get(name) ?? NO_BRANCHES;
  const found: Branch[] = [];
  for (const { named } of branches) found.push(...(named.get(name) ?? NO_BRANCHES));
  for (const { any } of branches) if (any !== null) found.push(any);
  return found;
}

/** The names of members of which the plan can say something: most of a value's are none. */
function namesIn(value: object, branches: readonly Branch[]): Iterable<string> {
  const [only] = branches;
  return only !== undefined && branches.length === 1 && only.any === null ? only.named.keys() : Object.keys(value);
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

function textsWithin(value: unknown, depth: number): string[] {
  if (depth > MAX_DEPTH) throw new DisclosureError("the answer is nested too deep");
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return entriesOf(value).flatMap(([, each]) => textsWithin(each, depth + 1));
}

/** Of all texts together. */
function lengthWithin(value: unknown, depth: number): number {
  if (depth > MAX_DEPTH) throw new DisclosureError("the answer is nested too deep");
  if (isText(value)) return String(value).length;
  if (typeof value !== "object" || value === null) return 0;
  let length = 0;
  for (const each of Object.values(value)) length += lengthWithin(each, depth + 1);
  return length;
}

/** Adds every text that the plan masks, makes coarser or withholds, and each part of it; one may come twice. */
function addSecrets(secrets: string[], value: unknown, branches: readonly Branch[], whole: unknown): void {
  if (!branches.some(({ hides }) => hides)) return;
  const treatment = treatmentOf(branches, whole);
  switch (treatment.kind) {
    case "mask":
    case "match-only":
    case "withhold":
      for (const text of textsWithin(value, 0)) for (const part of partsOf(text)) secrets.push(part);
      return;
    case "generalise":
      for (const text of textsWithin(value, 0))
        for (const part of lostParts(text, generaliseValue(value, treatment))) secrets.push(part);
      return;
    case "give":
    case "blot":
  }
  if (typeof value !== "object" || value === null) return;
  const members = value as Members;
  for (const name of namesIn(members, branches))
    if (Object.hasOwn(members, name)) addSecrets(secrets, members[name], branchesAt(branches, name), whole);
}

type Blot = (text: string) => string;

/** A field may name several persons; each is a secret of its own. */
function partsOf(text: string): string[] {
  if (!SEVERAL.test(text)) return [text];
  const parts = text.split(/[、，,;；/\s]+/u);
  return [text, ...parts, ...parts.flatMap((part) => TWO_NAMES.exec(part)?.slice(1) ?? [])];
}

/** What stands between two names, in one of these ways. */
const SEVERAL = /[、，,;；/\s和与及（(]/u;
/** 张三和李四, 张三（李四）. */
const TWO_NAMES = /^(\p{sc=Han}{2,4}?)[和与及（(](\p{sc=Han}{2,4})[）)]?$/u;

/** Names are set apart by blanks, ideographic ones too, and dots. A secret is one in all these writings. */
const GAPS = /[\s·•‧∙・⋅]+/gu;
const GAP = "[\\s·•‧∙・⋅]{0,4}";
const withGaps = (text: string): string => [...text].map((letter) => RegExp.escape(letter)).join(GAP);

/** What the coarse value shows is no secret. */
const lostParts = (text: string, coarse: string | null): string[] =>
  partsOf(text).filter((part) => coarse === null || !coarse.includes(part));

const starsFor = (text: string): string => "*".repeat([...text].length);

/**
 * Letter case does not save a secret: resident numbers are written with x and X. What holds an asterisk is masked already.
 * One pass is enough: a secret that survived would have to hold one of the asterisks just written.
 */
function blotOf(secrets: readonly string[], lengthOfTexts: () => number): Blot {
  const found: string[] = [];
  for (const secret of secrets) {
    const text = secret.replace(GAPS, "");
    if (isLongEnough(text) && !text.includes("*")) found.push(text);
  }
  if (found.length === 0) return (text) => text;
  const hidden = longestFirst(found);
  if (hidden.join("|").length * lengthOfTexts() > MAX_WORK) return starsFor;
  const mayStandIn = searchFor(hidden);
  let expression: RegExp | null = null;
  const search = (): RegExp => (expression ??= new RegExp(hidden.map(withGaps).join("|"), "giu"));
  return (text) => (mayStandIn(text) ? text.replace(search(), starsFor) : text);
}

/** Each once. Sorted and not in a set: that enters every text into the engine's own table of texts. */
const longestFirst = (texts: string[]): readonly string[] =>
  texts
    .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
    .filter((text, index, sorted) => text !== sorted[index - 1]);

/** In code points, of which two are never more than four units. */
const isLongEnough = (text: string): boolean => text.length >= 2 * LEAST_BLOT || [...text].length >= LEAST_BLOT;

/** ASCII, Chinese and its punctuation: whatever counts as the same letter in this range has the same lower case. */
const PLAIN_CASE = /^[\u0000-\u007f\u00b7\u2010-\u2027\u3000-\u9fff\uff00-\uffef]*$/;

/** The engine takes long to find that a Chinese text has no capital letters. */
const lowerCase = (plain: string): string => (CAPITAL.test(plain) ? plain.toLowerCase() : plain);
/** In the range of PLAIN_CASE. */
const CAPITAL = /[A-ZＡ-Ｚ]/;

/** False only for a text in which none of these can stand. Most hold none, and are not worth making an expression. */
function searchFor(hidden: readonly string[]): (text: string) => boolean {
  if (!hidden.every((text) => PLAIN_CASE.test(text))) return () => true;
  const lower = hidden.map(lowerCase);
  return (text) => {
    if (!PLAIN_CASE.test(text)) return true;
    const searched = lowerCase(text.replace(GAPS, ""));
    return lower.some((each) => searched.includes(each));
  };
}

/** A value that is no text cannot be masked, only left out. */
function maskValue(value: unknown, treatment: Treatment & { kind: "mask" }, blot: Blot): unknown {
  return isText(value) ? blot(mask(treatment.method, String(value))) : null;
}

/** Null for what cannot be made coarser, never the value as it is. */
const generaliseValue = (value: unknown, treatment: Treatment & { kind: "generalise" }): string | null =>
  isText(value) ? generalise(treatment.method, String(value)) : null;

const isText = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";

/** Eleven digits or more, however they are set apart: resident numbers, telephones, accounts. */
const LONG_NUMBER = /\p{Nd}(?:[\s\p{Pd}]?\p{Nd}){10,}(?:[\s\p{Pd}]?[xXｘＸ])?/gu;

function writerOf(treatment: Treatment, blot: Blot): Blot {
  if (treatment.kind !== "blot") return (text) => text;
  return treatment.numbers === true ? (text) => blot(text).replace(LONG_NUMBER, starsFor) : blot;
}

function rebuild(value: unknown, branches: readonly Branch[], whole: unknown, blot: Blot): unknown {
  if (branches.length === 0) return value;
  const treatment = treatmentOf(branches, whole);
  if (treatment.kind === "withhold" || treatment.kind === "match-only") return null;
  if (treatment.kind === "mask") return maskValue(value, treatment, blot);
  if (treatment.kind === "generalise") {
    const coarse = generaliseValue(value, treatment);
    return coarse === null ? null : blot(coarse);
  }
  if (treatment.kind === "give" && !isMembers(value) && !Array.isArray(value)) return value;
  const write = writerOf(treatment, blot);
  if (typeof value === "string") return write(value);
  if (Array.isArray(value)) {
    return value.map((each, index) => rebuild(each, branchesAt(branches, String(index)), whole, blot));
  }
  if (!isMembers(value)) return value;
  if (treatment.kind === "blot") {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        write(name),
        rebuild(each, branchesAt(branches, name), whole, blot),
      ]),
    );
  }
  const rebuilt = { ...value };
  for (const name of namesIn(value, branches))
    if (Object.hasOwn(value, name)) rebuilt[name] = rebuild(value[name], branchesAt(branches, name), whole, blot);
  return rebuilt;
}

/**
 * Carries out a plan on a JSON value and answers a new one: masked and coarser text, null for what is withheld or can be matched
 * only, and blots where the plan says so. Throws DisclosureError for a plan that is not understood.
 */
export const disclose = <Answer>(plan: Plan, answer: Answer): Answer => discloseBy(readOnce(plan), answer);

/** A decision that is remembered brings the same plan each time. */
const READ = new WeakMap<Plan, ReadPlan>();

function readOnce(plan: Plan): ReadPlan {
  const known = READ.get(plan);
  if (known !== undefined) return known;
  const read = readPlan(plan);
  READ.set(plan, read);
  return read;
}

/** The same by a plan that was read before. */
export function discloseBy<Answer>({ root }: ReadPlan, answer: Answer): Answer {
  const branches = [root];
  const secrets: string[] = [];
  addSecrets(secrets, answer, branches, answer);
  const blot = blotOf(secrets, () => lengthWithin(answer, 0));
  return rebuild(answer, branches, answer, blot) as Answer;
}
