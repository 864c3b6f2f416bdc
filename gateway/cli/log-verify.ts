import { existsSync } from "node:fs";
import { LogBreak, LogUnreadError } from "#gateway/log/audit/audit-faults.ts";
import { IndexCheck } from "#gateway/log/audit/check-index.ts";
import { directoryLog, holdsLog, logDirectoryIn } from "#gateway/log/audit/directory-log.ts";
import { httpLog } from "#gateway/log/audit/http-log.ts";
import type { LogSource } from "#gateway/log/audit/log-source.ts";
import { auditLog, type AuditOutcome, auditSentence } from "#gateway/log/log-audit.ts";
import { type PinnedKey, readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { parseOptions, UsageError } from "./options.ts";
import { EXIT_UNREAD, unread } from "./given-file.ts";
import { showCount } from "./log-progress.ts";
import { CommandError } from "./outcome.ts";
import { readPinnedKeys } from "./pinned-keys.ts";
import { type KeysFrom, renderAudit } from "./render-audit.ts";
import { jsonLine, painter } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

type Asked = { readonly target: string; readonly keys: readonly string[]; readonly json: boolean };
type Opened = { readonly source: LogSource; readonly index: () => IndexCheck | null };

const EXIT_BROKEN = 1;

/** `tongyan log verify`: resolves to the exit status. Throws UsageError or CommandError. */
export async function verifyLog(argv: readonly string[], io: CommandIo): Promise<number> {
  const asked = parseArguments(argv);
  const { source, index } = openTarget(asked.target);
  try {
    const { keys, from } = await keysFor(asked, source);
    const outcome = await audit({ source, keys, index, io });
    if (asked.json) io.stdout(jsonLine(jsonOf(asked.target, outcome, from)));
    else io.stdout(painter(io.isTerminal, io.env)(renderAudit(asked.target, outcome, from)));
    return outcome.holds ? 0 : EXIT_BROKEN;
  } catch (error) {
    if (error instanceof LogUnreadError) throw new CommandError(EXIT_UNREAD, error.message);
    throw error;
  } finally {
    await source.close();
  }
}

type Audit = Pick<Opened, "source" | "index"> & { readonly keys: readonly PinnedKey[]; readonly io: CommandIo };

async function audit({ source, keys, index, io }: Audit): Promise<AuditOutcome> {
  const progress = showCount("核验 checking", io);
  const opened = openIndex(index);
  try {
    if (opened instanceof LogBreak)
      return { holds: false, code: opened.code, place: opened.place, detail: opened.message };
    return await auditLog({ source, keys, index: opened, onProgress: progress.reached });
  } finally {
    progress.stop();
    if (opened instanceof IndexCheck) opened.close();
  }
}

function openIndex(index: Opened["index"]): IndexCheck | LogBreak | null {
  try {
    return index();
  } catch (error) {
    if (error instanceof LogBreak) return error;
    throw error;
  }
}

function openTarget(target: string): Opened {
  if (/^https?:\/\//.test(target)) return { source: httpLog(prefixOf(target)), index: () => null };
  const directory = logDirectoryIn(target);
  if (!holdsLog(directory)) throw unread(target, existsSync(target) ? "there is no log" : "ENOENT");
  return { source: directoryLog(directory), index: () => IndexCheck.open(directory) };
}

/** A gateway's address stands for its log. */
export function prefixOf(target: string): string {
  if (!URL.canParse(target)) throw new UsageError(`${target} is no URL`);
  const url = new URL(target);
  if (url.username !== "" || url.password !== "") throw new UsageError("no credentials in the URL");
  return url.pathname === "/" ? new URL("log", url).href : target;
}

async function keysFor(
  { keys, target }: Asked,
  source: LogSource,
): Promise<{ readonly keys: readonly PinnedKey[]; readonly from: KeysFrom }> {
  if (keys.length > 0) return { keys: readPinnedKeys(keys, "--key"), from: "given" };
  try {
    const lines = ((await source.keys()) ?? Buffer.alloc(0)).toString().split("\n");
    return { keys: lines.filter((line) => line !== "").map(readVerifierKey), from: "log" };
  } catch (error) {
    if (error instanceof LogUnreadError) throw error;
    throw unread(target, "the log's own keys cannot be read; give them as --key");
  }
}

function jsonOf(target: string, outcome: AuditOutcome, keys: KeysFrom): object {
  if (outcome.holds) return { target, holds: true, code: null, keys, findings: outcome.findings };
  const { code, place, detail } = outcome;
  return { target, holds: false, code, summary: auditSentence(code), place, detail, keys, findings: null };
}

const OPTIONS = { key: { type: "string", multiple: true }, json: { type: "boolean" } } as const;

function parseArguments(argv: readonly string[]): Asked {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  const [target, ...more] = positionals;
  if (target === undefined || more.length > 0) throw new UsageError("name one DIR or URL");
  return { target, keys: values.key ?? [], json: values.json === true };
}
