import { existsSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { StatementKey } from "#connectors/peer/statement.ts";
import { readClientKey } from "#gateway/clients/client-key.ts";
import { logDirectoryIn } from "#gateway/log/audit/directory-log.ts";
import { reconcile, type ReconciledSide, type Reconciliation } from "#gateway/log/reconcile/reconcile.ts";
import { scanGateway } from "#gateway/log/reconcile/scan-gateway.ts";
import { scanIndex } from "#gateway/log/reconcile/scan-index.ts";
import { scanLines } from "#gateway/log/reconcile/scan-lines.ts";
import { ScanError, type Side } from "#gateway/log/reconcile/scanned-exchange.ts";
import { parseOptions, UsageError } from "./options.ts";
import { EXIT_UNREAD, readGiven, unread } from "./given-file.ts";
import { CommandError } from "./outcome.ts";
import { renderReconciliation } from "./render-reconciliation.ts";
import { jsonLine, painter } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

type Asked = {
  readonly a: ReconciledSide;
  readonly b: ReconciledSide;
  readonly keys: readonly StatementKey[];
  readonly json: boolean;
};

const EXIT_DIFFERENT = 1;
/** Bytes of a set of keys. */
const MAX_KEYS = 262_144;

/** `tongyan log reconcile`: resolves to the exit status. Throws UsageError or CommandError. */
export async function reconcileLogs(argv: readonly string[], io: CommandIo): Promise<number> {
  const { a, b, keys, json } = parseArguments(argv);
  try {
    const found = await reconcile(a, b, keys);
    io.stdout(
      json ? jsonLine({ agree: agree(found), ...found }) : painter(io.isTerminal, io.env)(renderReconciliation(found)),
    );
    return agree(found) ? 0 : EXIT_DIFFERENT;
  } catch (error) {
    if (error instanceof ScanError) throw new CommandError(EXIT_UNREAD, error.message);
    throw error;
  }
}

const agree = ({ directions }: Reconciliation): boolean =>
  directions.every(
    ({ onlyAsking, onlyAnswering, disagreeing }) => onlyAsking.length + onlyAnswering.length + disagreeing.length === 0,
  );

const OPTIONS = {
  "token-a": { type: "string" },
  "token-b": { type: "string" },
  "issuer-a": { type: "string" },
  "issuer-b": { type: "string" },
  "client-a": { type: "string" },
  "client-b": { type: "string" },
  key: { type: "string", multiple: true },
  json: { type: "boolean" },
} as const;

function parseArguments(argv: readonly string[]): Asked {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  const [a, b, ...more] = positionals;
  if (a === undefined || b === undefined || more.length > 0) throw new UsageError("name two sides, A and B");
  const sideOf = (target: string, name: "a" | "b"): ReconciledSide => ({
    side: openSide(target, values[`token-${name}`] ?? null),
    issuer: values[`issuer-${name}`] ?? null,
    client: values[`client-${name}`] ?? null,
  });
  return {
    a: sideOf(a, "a"),
    b: sideOf(b, "b"),
    keys: (values.key ?? []).flatMap(readKeys),
    json: values.json === true,
  };
}

function openSide(target: string, token: string | null): Side {
  if (/^https?:\/\//.test(target)) {
    if (!URL.canParse(target)) throw new UsageError(`${target} is no URL`);
    return { name: target, scan: () => scanGateway(target, token) };
  }
  if (token !== null) throw new UsageError(`a token is for a URL, not for ${target}`);
  if (!existsSync(target)) throw unread(target, "ENOENT");
  if (!statSync(target).isDirectory()) return { name: target, scan: () => scanLines(target, chunksOf(target)) };
  const directory = logDirectoryIn(target);
  return { name: target, scan: () => scanIndex(directory) };
}

async function* chunksOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file, "r");
  try {
    yield* handle.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>;
  } finally {
    await handle.close();
  }
}

/** Keys as gateways publish them at /.well-known/jwks.json: a set, or one of them. */
function readKeys(file: string): StatementKey[] {
  const value = parseJson(readGiven(file, MAX_KEYS).toString());
  const keys = isObject(value) && Array.isArray(value["keys"]) ? value["keys"] : [value];
  return keys.map((key) => {
    const read = isObject(key) ? readClientKey(key) : null;
    if (read === null) throw new UsageError(`--key ${file}: it holds no public key with kid and alg`);
    return read;
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
