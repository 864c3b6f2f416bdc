import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { askCedar, type CedarQuestion, checkPolicies, checkSchema, keepParsed, parsePolicies } from "./cedar.ts";
import { PolicyError } from "./policy-error.ts";
import { readRule, type Rule } from "./rule.ts";

/** The files of a set by name: schema.cedarschema and *.cedar, in the order of their names. */
export type PolicyFiles = ReadonlyMap<string, string>;

/** What decided: every rule that made the effect, in the order of the set. None when nothing permits. */
export type Ruling = { readonly effect: "permit" | "deny"; readonly rules: readonly Rule[] };

export type PolicySet = {
  /** `sha256:` and the hex digest over the names and texts of its files. */
  readonly digest: string;
  /** In the order of their files and in them: so reasons are listed. */
  readonly rules: readonly Rule[];
  /** Throws PolicyError. */
  readonly ruleOn: (question: CedarQuestion) => Ruling;
};

const SCHEMA = "schema.cedarschema";
/** The shipped set has a hundredth of it. */
const MAX_BYTES = 4_000_000;

/** Reads a set's files; other names and those that begin with a dot are left alone. Throws PolicyError. */
export function readPolicyFiles(directory: string): PolicyFiles {
  const files = namesIn(directory).map((name) => [name, textOf(directory, name)] as const);
  const bytes = files.reduce((sum, [, text]) => sum + text.length, 0);
  if (bytes > MAX_BYTES) throw new PolicyError(`the policies in ${directory} are too large`);
  return new Map(files);
}

function namesIn(directory: string): string[] {
  try {
    const isPart = (name: string): boolean => name === SCHEMA || (name.endsWith(".cedar") && !name.startsWith("."));
    return readdirSync(directory).filter(isPart).toSorted();
  } catch (cause) {
    throw new PolicyError(`the policies in ${directory} cannot be read`, null, cause);
  }
}

function textOf(directory: string, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(join(directory, file)));
  } catch (cause) {
    throw new PolicyError("cannot be read as UTF-8 text", { file, rule: null }, cause);
  }
}

/** A text in one piece: see DECISIONS.md, "Texts in one piece". */
export const digestOf = (files: PolicyFiles): string =>
  ["sha256", hash("sha256", JSON.stringify([...files]))].join(":");

/** Checks a set whole and keeps it parsed under `name`, in place of what had that name. Throws PolicyError, and then nothing is replaced. */
export function buildPolicySet(name: string, files: PolicyFiles): PolicySet {
  const schema = files.get(SCHEMA);
  if (schema === undefined) throw new PolicyError(`there is no ${SCHEMA}`);
  checkSchema(schema, { file: SCHEMA, rule: null });
  const policies = readPolicies(files);
  const texts = Object.fromEntries([...policies].map(([id, { text }]) => [id, text]));
  checkPolicies(schema, texts, (id) => ({ file: policies.get(id)?.rule.file ?? SCHEMA, rule: id }));
  keepParsed(name, schema, texts);
  const rules = [...policies.values()].map(({ rule }) => rule);
  return { digest: digestOf(files), rules, ruleOn: (question) => ruleBy(name, rules, question) };
}

type Policy = { readonly text: string; readonly rule: Rule };

function readPolicies(files: PolicyFiles): ReadonlyMap<string, Policy> {
  const policies = new Map<string, Policy>();
  for (const [file, text] of files) {
    if (file === SCHEMA) continue;
    for (const policy of policiesOf(file, text)) {
      const { id } = policy.rule;
      const earlier = policies.get(id);
      if (earlier !== undefined) {
        throw new PolicyError(`the @id stands in ${earlier.rule.file} too`, { file, rule: id });
      }
      policies.set(id, policy);
    }
  }
  if (policies.size === 0) throw new PolicyError("there is no policy");
  return policies;
}

/** A file without any policy is refused: it may be one that is being written just now. */
function policiesOf(file: string, text: string): Policy[] {
  const place = { file, rule: null };
  const policies = parsePolicies(text, place).map((policy) => ({ text: policy.text, rule: readRule(policy, file) }));
  if (policies.length === 0) throw new PolicyError("holds no policy", place);
  return policies;
}

function ruleBy(name: string, rules: readonly Rule[], question: CedarQuestion): Ruling {
  const { effect, determining } = askCedar(name, question);
  const decided = rules.filter(({ id }) => determining.includes(id));
  if (decided.length !== determining.length) throw new PolicyError("a policy decided that the set does not hold");
  return { effect, rules: decided };
}
