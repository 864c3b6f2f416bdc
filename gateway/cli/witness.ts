import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import pino from "pino";
import { ConfigError } from "#gateway/config.ts";
import { isKeyName } from "#gateway/log/tlog/vkey.ts";
import { readFollowedLogs } from "#gateway/witness/followed-logs.ts";
import { Witness } from "#gateway/witness/witness.ts";
import { openWitnessKey } from "#gateway/witness/witness-key.ts";
import { openWitnessMemory } from "#gateway/witness/witness-memory.ts";
import { type RunningWitness, serveWitness } from "#gateway/witness/witness-server.ts";
import { parseOptions, UsageError } from "./options.ts";
import { EXIT } from "./outcome.ts";
import { neutralise } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

export const WITNESS_HELP = `tongyan witness DIR --name NAME --log KEY|FILE... [--host HOST] [--port PORT]

见证服务。Cosigns the checkpoints of exchange logs (C2SP tlog-witness): it signs that it has seen a log grow, and never two
histories of it. To be run by somebody else than the gateway, on another machine.

  DIR          its key and its memory, made at the first start; copies of older states must never be put back
  --name NAME  the name in its signatures, as in witness.example/w1; it stays
  --log KEY|FILE
               a log's key (a line of http://GATEWAY/log/keys), or a file of such lines
  --host HOST  default 127.0.0.1
  --port PORT  default 8190
  --help       this text

Routes: POST /add-checkpoint; GET / (its name, its key, the logs it follows). Runs until SIGTERM or SIGINT.

Exit status: 0 it was told to stop, 64 wrong usage, 69 it cannot listen there, 78 key, memory or a log's key cannot be used.
`;

const DEFAULT_PORT = 8190;
const PRIVATE = 0o077;

type Asked = {
  readonly directory: string;
  readonly name: string;
  readonly logs: readonly string[];
  readonly listen: { readonly host: string; readonly port: number };
};

/** `tongyan witness`: resolves to the exit status (see WITNESS_HELP). */
export async function witnessCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    const asked = parseArguments(argv);
    if (asked !== "help") return await runWitness(asked, io);
    io.stdout(WITNESS_HELP);
    return 0;
  } catch (error) {
    return explain(error, io);
  }
}

function explain(error: unknown, { stderr }: CommandIo): number {
  if (!(error instanceof UsageError || error instanceof ConfigError)) throw error;
  stderr(`tongyan witness: ${neutralise(error.message)}\n`);
  if (error instanceof ConfigError) return EXIT.trust;
  stderr(`\n${WITNESS_HELP}`);
  return EXIT.usage;
}

async function runWitness({ directory, name, logs: keys, listen }: Asked, io: CommandIo): Promise<number> {
  process.umask(PRIVATE);
  const stopped = Promise.race(["SIGTERM", "SIGINT"].map((event) => once(process, event)));
  const logs = readFollowedLogs(keys.flatMap(linesOf));
  makeDirectory(directory);
  const memory = openWitnessMemory(directory);
  try {
    const key = openWitnessKey(directory, name, memory);
    const witness = new Witness({ key, logs, memory, clock: Date.now });
    const logger = pino({ base: null }, pino.destination({ fd: 2, sync: false }));
    const running = await listening(serveWitness({ witness, identity: key, logger }, listen), io);
    if (running === null) return EXIT.unreachable;
    io.stdout(`witness ${name} at ${running.url}\n\nFor TONGYAN_WITNESSES:\n${running.url} ${key.vkey}\n`);
    await stopped;
    await running.close();
    return 0;
  } finally {
    memory.close();
  }
}

async function listening(starting: Promise<RunningWitness>, { stderr }: CommandIo): Promise<RunningWitness | null> {
  try {
    return await starting;
  } catch (error) {
    stderr(`tongyan witness: ${error instanceof Error ? neutralise(error.message) : "it cannot listen there"}\n`);
    return null;
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch {
    throw new ConfigError(`${directory} cannot be made`);
  }
}

const KEY = /^[^\s+]+\+[0-9a-f]{8}\+/;

function linesOf(given: string): readonly string[] {
  if (KEY.test(given)) return [given];
  try {
    return readFileSync(given, "utf8").split("\n");
  } catch {
    throw new ConfigError(`--log ${given} is no log's key, nor a file that can be read`);
  }
}

const OPTIONS = {
  name: { type: "string" },
  log: { type: "string", multiple: true },
  host: { type: "string" },
  port: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

function parseArguments(argv: readonly string[]): Asked | "help" {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  if (values.help === true) return "help";
  const [directory, ...more] = positionals;
  const { name, log: logs = [], host = "127.0.0.1", port } = values;
  if (directory === undefined || more.length > 0) throw new UsageError("name one DIR");
  if (name === undefined || !isKeyName(name)) throw new UsageError("--name: a name without spaces and plus signs");
  if (logs.length === 0) throw new UsageError("--log: name a log's key, or a file of keys");
  return { directory, name, logs, listen: { host, port: port === undefined ? DEFAULT_PORT : parsePort(port) } };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port ${text}: a number from 0 to 65535`);
  return port;
}
