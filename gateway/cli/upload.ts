import { readMoment } from "#connectors/moment.ts";
import { parseOptions, UsageError } from "./options.ts";
import {
  ACCESS_HELP,
  ACCESS_OPTIONS,
  accessToken,
  type GatewayAccess,
  parseAccess,
  parseIdentifier,
} from "./gateway-access.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { openTable, type OutgoingTable } from "./outgoing-table.ts";
import { renderUpload } from "./render-upload.ts";
import { sendTable, type TableAnswer } from "./send-table.ts";
import { exitOfReport, reportIn } from "./table-report.ts";
import { neutralise, painter } from "./terminal.ts";
import { showProgress } from "./upload-progress.ts";
import type { CommandIo } from "./verify.ts";

export const UPLOAD_HELP = `tongyan upload SOURCE FILE [--url URL] [--client CLIENT] [--keys DIR] [--as-of TIME]

上传数据表。Hands a whole table (CSV or XLSX, told by its first bytes) to a source of the gateway, in place of the former one,
and prints which rows were refused and why. A terminal shows how far it is.

  SOURCE       the source's identifier; in the demo anhui-real-estate
  FILE         sent as it is read; it may be far larger than memory
  --client CLIENT
               who hands it in; default operator
${ACCESS_HELP}
  --as-of TIME from when the facts are, as in 2026-11-21T16:00:00+08:00; default: now
  --help       this text

Exit status: 0 the table is in use; 1 it is not: rows were refused, or the file is no table of that source; 64 wrong usage,
65 the file is empty or the key cannot be used, 66 the file or the key cannot be read, 69 the gateway does not answer, or cannot
take it now, 76 what answers is no gateway, 77 the gateway refuses.
`;

type UploadAsked = GatewayAccess & {
  readonly source: string;
  readonly file: string;
  readonly asOf: string | null;
};

/** `tongyan upload`: resolves to the exit status (see UPLOAD_HELP). */
export async function uploadCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const asked = parseArguments(argv, io.env);
    if (asked !== "help") return await upload(asked, io);
    io.stdout(UPLOAD_HELP);
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, { stderr }: CommandIo): number {
  if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
  stderr(`tongyan upload: ${neutralise(error.message)}\n`);
  if (error instanceof CommandError) return error.exit;
  stderr(`\n${UPLOAD_HELP}`);
  return EXIT.usage;
}

async function upload(asked: UploadAsked, io: CommandIo): Promise<number> {
  const table = await openTable(asked.file);
  try {
    const report = reportIn(await send(asked, table, io));
    io.stdout(painter(io.isTerminal, io.env)(renderUpload(asked.source, report)));
    return exitOfReport(report);
  } finally {
    await table.close();
  }
}

async function send(asked: UploadAsked, table: OutgoingTable, io: CommandIo): Promise<TableAnswer> {
  const { url, source, asOf } = asked;
  const token = await accessToken(asked);
  const progress = showProgress(table.size, io);
  try {
    return await sendTable({ url, source, token, asOf, table, onSent: progress.sent });
  } finally {
    progress.stop();
  }
}

const OPTIONS = {
  ...ACCESS_OPTIONS,
  client: { type: "string" },
  "as-of": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parseArguments(argv: readonly string[], env: CommandIo["env"]): UploadAsked | "help" {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  if (values.help === true) return "help";
  const [source, file, ...more] = positionals;
  if (source === undefined || file === undefined || more.length > 0)
    throw new UsageError("name one SOURCE and one FILE");
  return {
    ...parseAccess(values.client ?? "operator", values, env),
    source: parseIdentifier(source, "source"),
    file,
    asOf: values["as-of"] === undefined ? null : parseAsOf(values["as-of"]),
  };
}

function parseAsOf(text: string): string {
  if (readMoment(text) !== null) return text;
  throw new UsageError(`--as-of ${text}: write a time such as 2026-11-21T16:00:00+08:00`);
}
