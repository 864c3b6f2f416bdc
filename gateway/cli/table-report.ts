import type { RowFault, UploadReport } from "#connectors/upload.ts";
import { CommandError, EXIT } from "./outcome.ts";
import type { TableAnswer } from "./send-table.ts";

/** A row that was refused, as the service says it. */
export type RefusedRow = Omit<RowFault, "code"> & { readonly code: string; readonly zh: string; readonly en: string };
export type TableReport = Omit<UploadReport, "refused"> & { readonly refused: readonly RefusedRow[] };

type Members = Readonly<Record<string, unknown>>;
type ShapeOf<Whole> = { readonly [Name in keyof Whole]: (value: unknown) => boolean };

const isText = (value: unknown): boolean => typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const ROW: ShapeOf<RefusedRow> = {
  row: isCount,
  column: (value) => value === null || isText(value),
  code: isText,
  zh: isText,
  en: isText,
};
const REPORT: ShapeOf<TableReport> = {
  replaced: (value) => typeof value === "boolean",
  version: (value) => value === null || isCount(value),
  rows: isCount,
  accepted: isCount,
  refused: (value) => Array.isArray(value) && value.every((row) => fits(ROW, row)),
  refusedTotal: isCount,
  asOf: isText,
  sha256: isText,
};

const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null;
const fits = <Whole extends object>(shape: ShapeOf<Whole>, value: unknown): value is Whole =>
  isObject(value) &&
  Object.entries<(member: unknown) => boolean>(shape).every(([name, isFitting]) => isFitting(value[name]));

/** What the service says became of the table. Throws CommandError when it refused it, or says something else. */
export function reportIn({ status, body }: TableAnswer): TableReport {
  if (status === 200 && fits(REPORT, body)) return body;
  if (status < 400) throw new CommandError(EXIT.misunderstood, `${status}: the answer is no report of an upload`);
  throw refusal(status, isObject(body) ? body : {});
}

/** Nothing was replaced. */
const EXIT_NOT_IN_USE = 1;
const FORMER = "原有数据继续使用。The former records are in use.";

/** A problem (RFC 9457): the file itself is none of a table of this source, or the service would not or could not take any. */
function refusal(status: number, { type, code, zh, en, detail }: Members): CommandError {
  const isOfFile = status < 500 && typeof type === "string" && type.startsWith("urn:tongyan:upload:");
  const said = [code, zh, en, detail].filter((each) => typeof each === "string").join("; ");
  const message = `${status}${said === "" ? "" : ` ${said}`}`;
  if (isOfFile) return new CommandError(EXIT_NOT_IN_USE, `${message}. ${FORMER}`);
  return new CommandError(status >= 500 || status === 408 ? EXIT.unreachable : EXIT.refused, message);
}

export const exitOfReport = ({ replaced }: TableReport): number => (replaced ? 0 : EXIT_NOT_IN_USE);
