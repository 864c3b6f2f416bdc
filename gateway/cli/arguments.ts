import { readLicenceMoment } from "#certs/licence/licence-date.ts";
import { isPolicyId, type PolicyId } from "#certs/policy.ts";
import { parseOptions, UsageError } from "./options.ts";

/** `at` in milliseconds; what is null was not given. */
export type VerifyArguments =
  | { readonly kind: "help" }
  | {
      readonly kind: "verify";
      readonly files: readonly string[];
      readonly json: boolean;
      readonly trust: string | null;
      readonly at: number | null;
      readonly policy: PolicyId | null;
    }
  | {
      readonly kind: "replay";
      readonly file: string;
      readonly report: string;
      readonly json: boolean;
      readonly trust: string | null;
    };

export const VERIFY_HELP = `tongyan verify FILE… [--json] [--trust DIR] [--at TIME] [--policy POLICY]
tongyan verify FILE --replay REPORT [--json] [--trust DIR]

核验电子证照文件 (OFD)。Verifies electronic licences (OFD files), on this machine alone.

  --json            one JSON report per line, for machines
  --trust DIR       certificates and CRLs to trust: a directory, or a saved snapshot (<digest>.json)
                    default: $TONGYAN_TRUST, else the demo's under data/demo/trust
  --at TIME         verify as of this time: 2026-11-21, 2026-11-21T08:00:00Z, 2026-11-21T16:00:00+08:00
                    (without an offset: Chinese time); default: now
  --policy POLICY   gb-t-38540 (default: the claimed signing time is accepted) or strict (it must be proven)
  --replay REPORT   verify FILE again as REPORT says (time, policy, trust snapshot) and compare the outcome;
                    REPORT is what --json printed or the service answered; a register is not asked again,
                    its answer is taken from REPORT
  --help            this text

Exit status: 0 PASSED 通过, 1 FAILED 不通过, 2 INDETERMINATE 无法确认, 3 REFUSED 拒收; of several files the worst.
64 wrong usage, 65 REPORT is no report or of another file, 66 a file cannot be read, 70 a replay differs or a fault of the program,
78 the trust material cannot be used.
`;

const OPTIONS = {
  json: { type: "boolean" },
  trust: { type: "string" },
  at: { type: "string" },
  policy: { type: "string" },
  replay: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parseAt(text: string): number {
  const moment = readLicenceMoment(text);
  if (moment.kind !== "day") throw new UsageError(`--at ${text}: write a time such as 2026-11-21T16:00:00+08:00`);
  return moment.start;
}

function parsePolicy(text: string): PolicyId {
  if (!isPolicyId(text)) throw new UsageError(`--policy ${text}: there are gb-t-38540 and strict`);
  return text;
}

/** Reads the words after `tongyan verify`. Throws UsageError. */
export function parseVerifyArguments(argv: readonly string[]): VerifyArguments {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  if (values.help === true) return { kind: "help" };
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError("which FILE is to be verified?");
  const common = { json: values.json === true, trust: values.trust ?? null };
  const at = values.at === undefined ? null : parseAt(values.at);
  const policy = values.policy === undefined ? null : parsePolicy(values.policy);
  if (values.replay === undefined) return { kind: "verify", files: positionals, ...common, at, policy };
  if (more.length > 0) throw new UsageError("--replay takes one FILE");
  if (at !== null || policy !== null) throw new UsageError("--replay takes time and policy from REPORT");
  return { kind: "replay", file, report: values.replay, ...common };
}
