import { RECEIPT_FAULTS } from "#gateway/log/receipts/receipt-faults.ts";
import { MAX_RECEIPT } from "#gateway/log/receipts/receipt-form.ts";
import { type ReceiptOutcome, verifyReceipt } from "#gateway/log/receipts/verify-receipt.ts";
import { parseOptions, UsageError } from "./options.ts";
import { EXIT_UNREAD, readGiven } from "./given-file.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { readPinnedKeys } from "./pinned-keys.ts";
import { renderReceipt } from "./render-receipt.ts";
import { jsonLine, neutralise, painter } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

export const RECEIPT_HELP = `tongyan receipt verify FILE --key KEY [--key KEY]… [--witness KEY]… [--request FILE] [--answer FILE] [--json]

离线核验交换回执。Verifies the receipt of an exchange, on this machine alone.

  FILE             the receipt: what GET /v1/exchanges/{id}/receipt answered
  --key KEY        a public key of the log, or a file of them, one to a line, as GET /log/keys answers; several may be given.
                   Of each algorithm given (Ed25519, SM2) a signature has to be there
  --witness KEY    a witness that has to have cosigned: its public key, or a file of them; several may be given
  --request FILE   the request's body (or the document) as it was sent: proves that it is the one that was logged
  --answer FILE    the answer's body as it was received, of a batch the whole: proves that it is the one that was logged
  --json           the outcome as JSON, for machines
  --help           this text

Exit status: 0 it holds, 1 it does not, 2 a file cannot be read, 64 wrong usage.
`;

const EXIT_BROKEN = 1;
/** Bytes of a request or an answer at most. */
const MAX_CONTENT = 256 * 1024 * 1024;

type ReceiptAsked = {
  readonly file: string;
  readonly keys: readonly string[];
  readonly witnesses: readonly string[];
  readonly request: string | null;
  readonly answer: string | null;
  readonly json: boolean;
};

/** `tongyan receipt`: the exit status (see RECEIPT_HELP), whatever the files hold. */
export function receiptCommand(argv: readonly string[], io: CommandIo): number {
  try {
    const asked = parseArguments(argv);
    if (asked !== "help") return verify(asked, io);
    io.stdout(RECEIPT_HELP);
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, { stderr }: CommandIo): number {
  if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
  stderr(`tongyan receipt: ${neutralise(error.message)}\n`);
  if (error instanceof CommandError) return EXIT_UNREAD;
  stderr(`\n${RECEIPT_HELP}`);
  return EXIT.usage;
}

function verify(asked: ReceiptAsked, io: CommandIo): number {
  const { file, request, answer } = asked;
  const question = {
    keys: readPinnedKeys(asked.keys, "--key"),
    witnesses: readPinnedKeys(asked.witnesses, "--witness"),
    request: request === null ? null : readGiven(request, MAX_CONTENT),
    answer: answer === null ? null : readGiven(answer, MAX_CONTENT),
    now: Date.now(),
  };
  const outcome = verifyReceipt(readGiven(file, MAX_RECEIPT + 1), question);
  if (asked.json) io.stdout(jsonLine({ file, ...jsonOf(outcome) }));
  else io.stdout(painter(io.isTerminal, io.env)(renderReceipt(file, outcome)));
  return outcome.holds ? 0 : EXIT_BROKEN;
}

function jsonOf(outcome: ReceiptOutcome): object {
  const { holds, checks } = outcome;
  if (outcome.holds) return { holds, code: null, detail: "", checks, proven: outcome.proven };
  const { code, detail } = outcome.fault;
  return { holds, code, detail, summary: RECEIPT_FAULTS[code], checks, proven: null };
}

const OPTIONS = {
  key: { type: "string", multiple: true },
  witness: { type: "string", multiple: true },
  request: { type: "string" },
  answer: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function parseArguments(argv: readonly string[]): ReceiptAsked | "help" {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  if (values.help === true) return "help";
  const [kind, file, ...more] = positionals;
  if (kind !== "verify") throw new UsageError(kind === undefined ? "verify?" : `there is no receipt ${kind}`);
  if (file === undefined || more.length > 0) throw new UsageError("name one FILE");
  if (values.key === undefined) throw new UsageError(NO_KEY);
  return {
    file,
    keys: values.key,
    witnesses: values.witness ?? [],
    request: values.request ?? null,
    answer: values.answer ?? null,
    json: values.json === true,
  };
}

const NO_KEY =
  "没有公钥，无法知道回执出自谁手。Without a key of the log a receipt proves nothing. Get the log's keys once, in a way that you trust: curl https://GATEWAY/log/keys > log.keys, then: --key log.keys";
