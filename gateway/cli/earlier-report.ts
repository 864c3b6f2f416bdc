import { createHash } from "node:crypto";
import { isPolicyId, type PolicyId, VALIDATION_POLICIES } from "#certs/policy.ts";
import type { RegisterAnswer } from "#certs/register-answer.ts";
import type { Report } from "#certs/report.ts";
import { readRegisterAnswer } from "./earlier-register.ts";
import { list, members, type Members, text } from "./members.ts";
import { CommandError, EXIT } from "./outcome.ts";

/** What an earlier report rests on, and what it came to; out of a file that anybody may have written. */
export type EarlierReport = {
  readonly sha256: string;
  readonly at: number;
  readonly policy: string;
  readonly policyDigest: string;
  readonly snapshot: string;
  /** What the register answered then; null when none was asked. It is not asked again. */
  readonly register: RegisterAnswer | null;
  /** What is compared, by name. */
  readonly results: ReadonlyMap<string, string>;
};

export type Difference = { readonly what: string; readonly earlier: string; readonly now: string };

const ANSWERS = ["integrity", "authority", "status", "binding"] as const;
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

function timeOf(value: unknown): number {
  const at = text(value, "trust.at");
  const time = ISO.test(at) ? Date.parse(at) : Number.NaN;
  if (Number.isNaN(time)) throw new CommandError(EXIT.data, "the report's trust.at is no time");
  return time;
}

function indicationOf(signature: unknown, index: number): readonly [string, string] {
  const { id, indication, subIndication } = members(signature, `signatures[${index}]`);
  const name = `signature ${index + 1} (${text(id, "signature id")})`;
  const sub = subIndication === null ? "" : ` ${text(subIndication, "subIndication")}`;
  return [name, `${text(indication, "indication")}${sub}`];
}

/** Verdict, the four answers, each signature's indication. */
function resultsOf(report: Members): ReadonlyMap<string, string> {
  const answers = members(report["answers"], "answers");
  const answered = ANSWERS.map((name) => {
    const { outcome, code } = members(answers[name], `answers.${name}`);
    return [name, `${text(outcome, "outcome")} ${text(code, "code")}`] as const;
  });
  const signatures = list(report["signatures"], "signatures").map(indicationOf);
  return new Map([["verdict", text(report["verdict"], "verdict")], ...answered, ...signatures]);
}

function readReport(value: unknown): EarlierReport {
  const report = members(value, "members");
  if (report["verdict"] === "REFUSED") throw new CommandError(EXIT.data, "a refusal (拒收) has nothing to replay");
  const trust = members(report["trust"], "trust");
  return {
    sha256: text(members(report["document"], "document")["sha256"], "document.sha256"),
    at: timeOf(trust["at"]),
    policy: text(trust["policy"], "trust.policy"),
    policyDigest: text(trust["policyDigest"], "trust.policyDigest"),
    snapshot: text(trust["snapshot"], "trust.snapshot"),
    register: readRegisterAnswer(report["register"]),
    results: resultsOf(report),
  };
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new CommandError(EXIT.data, "it is not JSON");
  }
}

/** What GET /v1/exchanges/{id} answers has the report inside. */
function reportIn(value: unknown): unknown {
  const isRecord = typeof value === "object" && value !== null && !("trust" in value) && "report" in value;
  return isRecord && value.report !== null ? value.report : value;
}

/** One report, however it is laid out, or several as `--json` prints them: a line each. */
function parseAll(json: string): unknown[] {
  const lines = json.split("\n").filter((line) => line.trim() !== "");
  const [first, second] = lines.map((line) => line.trimEnd());
  const isList = first?.endsWith("}") === true && second?.startsWith("{") === true;
  return isList ? lines.map(parse) : [parse(json)];
}

const sha256Of = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Whether a parsed value is a report of a document with this digest. Lines for refused files have none. */
function isOf(value: unknown, sha256: string): boolean {
  const document = typeof value === "object" && value !== null && "document" in value ? value.document : null;
  return typeof document === "object" && document !== null && "sha256" in document && document.sha256 === sha256;
}

/** Finds the report of these bytes; null when there are reports, but of other files. Throws CommandError for what is no report. */
export function findReport(json: string, bytes: Uint8Array): EarlierReport | null {
  const all = parseAll(json).map(reportIn);
  const found = all.find((value) => isOf(value, sha256Of(bytes)));
  if (found !== undefined) return readReport(found);
  if (all.length === 1) readReport(all[0]);
  return null;
}

/** The policy that the report names, when this version still has it unchanged. */
export function samePolicy({ policy, policyDigest }: EarlierReport): PolicyId | Difference {
  if (!isPolicyId(policy)) return { what: "policy", earlier: policy, now: "no such policy" };
  const { digest } = VALIDATION_POLICIES[policy];
  return digest === policyDigest ? policy : { what: `policy ${policy}`, earlier: policyDigest, now: digest };
}

/** Where the outcome of a replay differs from the earlier report. */
export function compareReports(earlier: EarlierReport, now: Report): Difference[] {
  const results = resultsOf(now as unknown as Members);
  const names = new Set([...earlier.results.keys(), ...results.keys()]);
  return [...names].flatMap((what) => {
    const [before, now] = [earlier.results.get(what) ?? "none", results.get(what) ?? "none"];
    return before === now ? [] : [{ what, earlier: before, now }];
  });
}
