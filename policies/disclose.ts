import type { Plan, Treatment } from "./decision.ts";
import { isMaskMethod, mask } from "./mask.ts";

/** A plan that is not understood. Nothing may be disclosed under it: the caller denies. The message names the path, never a value. */
export class DisclosureError extends Error {
  override readonly name = "DisclosureError";
}

type Members = { readonly [name: string]: unknown };

/** The plan as a tree of member names. */
type Branch = { treatment: Treatment | null; readonly named: Map<string, Branch>; any: Branch | null };

/** Below two code points a blot would hit letters everywhere. */
const LEAST_BLOT = 2;
/** Comparisons of one character that searching may take; a document that asks for more has all its texts blotted. */
const MAX_WORK = 50_000_000;
/** Bounds the walk; an answer has about six levels. */
const MAX_DEPTH = 64;

const KINDS: ReadonlySet<unknown> = new Set(["give", "mask", "blot", "withhold"] satisfies Treatment["kind"][]);

const newBranch = (): Branch => ({ treatment: null, named: new Map(), any: null });

function checkTreatment(path: string, treatment: Treatment): void {
  if (!KINDS.has(treatment.kind)) throw new DisclosureError(`unknown treatment at ${path}`);
  if (treatment.kind !== "mask") return;
  if (!isMaskMethod(treatment.method)) throw new DisclosureError(`unknown mask at ${path}`);
}

function growBranch(branch: Branch, name: string): Branch {
  if (name === "*") return (branch.any ??= newBranch());
  const next = branch.named.get(name) ?? newBranch();
  branch.named.set(name, next);
  return next;
}

function readPlan(plan: Plan): Branch {
  const root = newBranch();
  for (const [path, treatment] of Object.entries(plan)) {
    checkTreatment(path, treatment);
    const names = path.split(".");
    if (names.includes("")) throw new DisclosureError(`malformed path ${path}`);
    names.reduce(growBranch, root).treatment = treatment;
  }
  return root;
}

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function memberAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((at, name) => (isMembers(at) && Object.hasOwn(at, name) ? at[name] : undefined), value);
}

/** The treatment in force where these branches meet; a name goes before `*`, and an exception that holds makes a mask a blot. */
function treatmentOf(branches: readonly Branch[], whole: unknown): Treatment {
  const treatment = branches.find((branch) => branch.treatment !== null)?.treatment ?? { kind: "give" };
  if (treatment.kind !== "mask" || treatment.unless === undefined) return treatment;
  const held = memberAt(whole, treatment.unless.path);
  return typeof held === "string" && treatment.unless.oneOf.includes(held) ? { kind: "blot" } : treatment;
}

function branchesAt(branches: readonly Branch[], name: string): Branch[] {
  const named = branches.map((branch) => branch.named.get(name));
  return [...named, ...branches.map(({ any }) => any)].filter((branch) => branch !== undefined && branch !== null);
}

const entriesOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

function textsWithin(value: unknown, depth: number): string[] {
  if (depth > MAX_DEPTH) throw new DisclosureError("the answer is nested too deep");
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return entriesOf(value).flatMap(([, each]) => textsWithin(each, depth + 1));
}

/** Every text that the plan masks or withholds. */
function secretsWithin(value: unknown, branches: readonly Branch[], whole: unknown): string[] {
  if (branches.length === 0) return [];
  const { kind } = treatmentOf(branches, whole);
  if (kind === "mask" || kind === "withhold") return textsWithin(value, 0);
  return entriesOf(value).flatMap(([name, each]) => secretsWithin(each, branchesAt(branches, name), whole));
}

type Blot = (text: string) => string;

/** A field may name several persons; each is a secret of its own. */
const partsOf = (text: string): string[] => [text, ...text.split(/[、，,;；/\s]+/u)];

const starsFor = (text: string): string => "*".repeat([...text].length);

/**
 * Letter case does not save a secret: resident numbers are written with x and X. What holds an asterisk is masked already.
 * One pass is enough: a secret that survived would have to hold one of the asterisks just written.
 */
function blotOf(secrets: readonly string[], textLength: number): Blot {
  const hidden = [...new Set(secrets.flatMap(partsOf))].filter(
    (text) => [...text].length >= LEAST_BLOT && !text.includes("*"),
  );
  if (hidden.length === 0) return (text) => text;
  const pattern = hidden
    .sort((a, b) => b.length - a.length)
    .map((text) => RegExp.escape(text))
    .join("|");
  if (pattern.length * textLength > MAX_WORK) return starsFor;
  const expression = new RegExp(pattern, "giu");
  return (text) => text.replace(expression, starsFor);
}

/** A value that is no text cannot be masked, only left out. */
function maskValue(value: unknown, treatment: Treatment & { kind: "mask" }, blot: Blot): unknown {
  if (typeof value !== "string" && typeof value !== "number") return null;
  return blot(mask(treatment.method, String(value)));
}

function rebuild(value: unknown, branches: readonly Branch[], whole: unknown, blot: Blot): unknown {
  if (branches.length === 0) return value;
  const treatment = treatmentOf(branches, whole);
  if (treatment.kind === "withhold") return null;
  if (treatment.kind === "mask") return maskValue(value, treatment, blot);
  const write: Blot = treatment.kind === "blot" ? blot : (text) => text;
  if (typeof value === "string") return write(value);
  if (Array.isArray(value)) {
    return value.map((each, index) => rebuild(each, branchesAt(branches, String(index)), whole, blot));
  }
  if (!isMembers(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [write(name), rebuild(each, branchesAt(branches, name), whole, blot)]),
  );
}

/**
 * Carries out a plan on a JSON value and answers a new one: masked text, null for what is withheld, and blots where the plan
 * says so. Throws DisclosureError for a plan that is not understood.
 */
export function disclose<Answer>(plan: Plan, answer: Answer): Answer {
  const root = [readPlan(plan)];
  const secrets = secretsWithin(answer, root, answer);
  const blot = blotOf(secrets, textsWithin(answer, 0).join("").length);
  return rebuild(answer, root, answer, blot) as Answer;
}
