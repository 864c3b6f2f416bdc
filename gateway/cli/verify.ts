import { newMemory } from "#certs/memory.ts";
import { VALIDATION_POLICIES } from "#certs/policy.ts";
import { REFUSALS } from "#certs/refusal.ts";
import type { VerificationQuestion } from "#certs/verify.ts";
import { VERIFY_HELP, type VerifyArguments, parseVerifyArguments } from "./arguments.ts";
import { UsageError } from "./options.ts";
import { type Environment, defaultTrustPath, loadTrust } from "./local-trust.ts";
import { readDocument, verifyBytes } from "./local-verification.ts";
import { CommandError, EXIT, type FileOutcome, exitOf } from "./outcome.ts";
import { renderAmong, renderCount, renderOne, renderReplay } from "./render.ts";
import { replay } from "./replay.ts";
import { jsonLine, neutralise, painter } from "./terminal.ts";

/** Everything that the command touches besides the files it is given. */
export type CommandIo = {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly isTerminal: boolean;
  readonly env: Environment;
};

type VerifyAsked = VerifyArguments & { readonly kind: "verify" };
type ReplayAsked = VerifyArguments & { readonly kind: "replay" };
type Print = (outcome: FileOutcome) => void;

/** `tongyan verify`: resolves to the exit status (see VERIFY_HELP), whatever the files hold. */
export async function verifyCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const asked = parseVerifyArguments(argv);
    if (asked.kind === "verify") return verifyFiles(asked, io);
    if (asked.kind === "replay") return replayFile(asked, io);
    io.stdout(VERIFY_HELP);
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, { stderr }: CommandIo): number {
  if (error instanceof UsageError) {
    stderr(`tongyan verify: ${neutralise(error.message)}\n\n${VERIFY_HELP}`);
    return EXIT.usage;
  }
  if (!(error instanceof CommandError)) throw error;
  stderr(`tongyan verify: ${neutralise(error.message)}\n`);
  return error.exit;
}

function verifyFiles(asked: VerifyAsked, io: CommandIo): number {
  const question = questionOf(asked, io);
  const print = asked.json ? jsonPrinter(io) : peoplePrinter(io, asked.files.length);
  const outcomes = asked.files.map((file) => {
    question.memory?.signatures.tables.buildNext(); // of a key that recurred in the files before
    const bytes = readDocument(file);
    const outcome = bytes instanceof Uint8Array ? verifyBytes(file, bytes, question) : bytes;
    print(outcome);
    return outcome;
  });
  if (!asked.json && outcomes.length > 1) io.stdout(painter(io.isTerminal, io.env)(renderCount(outcomes)));
  return Math.max(...outcomes.map(exitOf));
}

function questionOf({ trust, policy, at }: VerifyAsked, io: CommandIo): VerificationQuestion {
  const path = trust ?? defaultTrustPath(io.env);
  const snapshot = loadTrust(path);
  if (snapshot.anchors.length === 0) io.stderr(noTrust(path));
  return {
    trust: snapshot,
    policy: VALIDATION_POLICIES[policy ?? "gb-t-38540"],
    at: at ?? Date.now(),
    memory: newMemory(),
  };
}

const noTrust = (
  path: string | null,
): string => `没有信任锚, 任何印章都无法确认。No trust anchor: no seal can be confirmed.
${path === null ? "" : `${neutralise(path)}: no self-signed certificate (*.cer, *.crt, *.pem). `}Name a directory of certificates and CRLs with --trust DIR
or TONGYAN_TRUST; \`tongyan serve\` makes one for its demo.

`;

function jsonPrinter(io: CommandIo): Print {
  return (outcome) => {
    complain(outcome, io);
    io.stdout(jsonLine(jsonOf(outcome)));
  };
}

function jsonOf(outcome: FileOutcome): object {
  const { file } = outcome;
  switch (outcome.kind) {
    case "report":
      return { file, ...outcome.report };
    case "refused": {
      const { zh, en } = REFUSALS[outcome.code];
      return { file, verdict: "REFUSED", code: outcome.code, detail: outcome.detail, summary: { zh, en } };
    }
    case "unreadable":
      return { file, error: "UNREADABLE", detail: outcome.detail };
    case "faulty":
      return { file, error: "INTERNAL" };
  }
}

function peoplePrinter(io: CommandIo, files: number): Print {
  const paint = painter(io.isTerminal, io.env);
  return (outcome) => {
    if (outcome.kind === "unreadable" || outcome.kind === "faulty") complain(outcome, io);
    else io.stdout(paint(files > 1 ? renderAmong(outcome) : renderOne(outcome)));
  };
}

function complain(outcome: FileOutcome, { stderr }: CommandIo): void {
  const file = neutralise(outcome.file);
  if (outcome.kind === "unreadable") stderr(`${file}: 无法读取 cannot be read (${outcome.detail})\n`);
  if (outcome.kind === "faulty") stderr(`${file}: 核验程序出错 the program failed (${neutralise(outcome.fault)})\n`);
}

function replayFile(asked: ReplayAsked, io: CommandIo): number {
  const result = replay(asked, io.env);
  const { kind, exit, ...rest } = result;
  if (asked.json) io.stdout(jsonLine({ file: asked.file, replay: kind, differences: [], ...rest }));
  else io.stdout(painter(io.isTerminal, io.env)(renderReplay(asked.file, result)));
  return exit;
}
