import { openPolicies, type Policies, SHIPPED_SET } from "#policies/policies.ts";
import { differencesFrom, readCases, readRequest, SHIPPED_CASES } from "#policies/policy-case.ts";
import { PolicyError } from "#policies/policy-error.ts";
import { parseOptions, UsageError } from "./options.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { renderCase, renderExplanation, renderTally } from "./render-policy.ts";
import { type Line, neutralise, painter } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

export const POLICY_HELP = `tongyan policy test [--set DIR] [CASES]
tongyan policy explain REQUEST.json [--set DIR]

授权策略：按用例检验，解释一次决定。Policies: tested by example, a decision explained.

  test              decides every case in CASES/allow and CASES/deny (default: those of the shipped policies)
                    and prints each that comes out otherwise
  explain           what is decided on the request in a file, by which rules, and what becomes of each field;
                    the file holds a request or a case
  --set DIR         the policies to ask: *.cedar and schema.cedarschema; default: the shipped ones
  --help            this text

Exit status: 0 every case comes out as it should, or the decision was explained; 1 a case does not;
64 wrong usage, 65 a case or request cannot be read, 78 the policies cannot be used.
`;

type PolicyArguments =
  | { readonly kind: "help" }
  | { readonly kind: "test"; readonly set: string; readonly cases: string }
  | { readonly kind: "explain"; readonly set: string; readonly file: string };

const OPTIONS = { set: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
const EXIT_DIFFERENT = 1;
/** EX_CONFIG of sysexits.h. */
const EXIT_POLICIES = 78;

/** `tongyan policy`: the exit status (see POLICY_HELP). */
export function policyCommand(argv: readonly string[], io: CommandIo): number {
  try {
    const asked = parsePolicyArguments(argv);
    switch (asked.kind) {
      case "test":
        return testCases(asked, io);
      case "explain":
        return explainRequest(asked, io);
      case "help":
        io.stdout(POLICY_HELP);
        return 0;
    }
  } catch (error) {
    return complain(error, io);
  }
}

function complain(error: unknown, { stderr }: CommandIo): number {
  if (error instanceof UsageError) {
    stderr(`tongyan policy: ${neutralise(error.message)}\n\n${POLICY_HELP}`);
    return EXIT.usage;
  }
  if (!(error instanceof CommandError)) throw error;
  stderr(`tongyan policy: ${neutralise(error.message)}\n`);
  return error.exit;
}

function parsePolicyArguments(argv: readonly string[]): PolicyArguments {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  if (values.help === true) return { kind: "help" };
  const [kind, file, ...more] = positionals;
  const set = values.set ?? SHIPPED_SET;
  if (more.length > 0) throw new UsageError(`what is ${more[0]} for?`);
  if (kind === "test") return { kind, set, cases: file ?? SHIPPED_CASES };
  if (kind !== "explain") throw new UsageError(kind === undefined ? "test or explain?" : `there is no policy ${kind}`);
  if (file === undefined) throw new UsageError("which REQUEST.json is to be explained?");
  return { kind, set, file };
}

function testCases({ set, cases }: PolicyArguments & { kind: "test" }, io: CommandIo): number {
  const policies = usable(set);
  const examples = reading(() => readCases(cases));
  const failing = examples.flatMap((example) => {
    const differences = differencesFrom(
      example,
      decided(() => policies.authorize(example.request)),
    );
    return differences.length > 0 ? [{ example, differences }] : [];
  });
  for (const { example, differences } of failing) print(renderCase(example, differences), io);
  print(renderTally(examples.length, failing.length), io);
  return failing.length > 0 ? EXIT_DIFFERENT : 0;
}

function explainRequest({ set, file }: PolicyArguments & { kind: "explain" }, io: CommandIo): number {
  const policies = usable(set);
  const request = reading(() => readRequest(file));
  print(
    renderExplanation(
      request,
      decided(() => policies.explain(request)),
    ),
    io,
  );
  return 0;
}

const print = (lines: readonly Line[], io: CommandIo): void => io.stdout(painter(io.isTerminal, io.env)(lines));

const usable = (set: string): Policies => orExit(EXIT_POLICIES, () => openPolicies(set));
const decided = <Answer>(deciding: () => Answer): Answer => orExit(EXIT_POLICIES, deciding);
const reading = <Content>(read: () => Content): Content => orExit(EXIT.data, read);

function orExit<Answer>(exit: number, attempt: () => Answer): Answer {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof PolicyError) throw new CommandError(exit, error.message);
    throw error;
  }
}
