import { availableParallelism } from "node:os";
import { isPolicyId, type PolicyId } from "#certs/policy.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";

const MIB = 1024 * 1024;

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Who may call: `loopback` is callers on this machine only, `open` is everybody who reaches the port. */
export type Access = "loopback" | "open";

export type Config = {
  readonly listen: { readonly host: string; readonly port: number };
  readonly access: Access;
  /** Directory of everything the service writes. */
  readonly dataDirectory: string;
  readonly trust: { readonly kind: "directory"; readonly directory: string } | { readonly kind: "demo" };
  readonly verification: {
    readonly policy: PolicyId;
    /** Bytes of one document. */
    readonly maxBytes: number;
    readonly workers: number;
    /** Milliseconds for one document in one worker. */
    readonly timeBudget: number;
  };
  readonly logLevel: LogLevel;
};

/** A value in the environment that cannot be used. The message names the variable and what it may be. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The first step: typed optional values, still one per variable. */
type Values = {
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly data: string | undefined;
  readonly trust: string | undefined;
  readonly maxBytes: number | undefined;
  readonly workers: number | undefined;
  readonly timeBudget: number | undefined;
  readonly access: Access | undefined;
  readonly logLevel: LogLevel | undefined;
  readonly policy: PolicyId | undefined;
};

/** Reads what TONGYAN_… variables say. Throws ConfigError. */
export function readConfig(environment: Environment): Config {
  return checkConfig(parseValues(environment));
}

function parseValues(environment: Environment): Values {
  refuseUnknown(environment);
  return {
    host: parseText(environment, "TONGYAN_HOST"),
    port: parseInteger(environment, "TONGYAN_PORT", 0, 65_535),
    data: parseText(environment, "TONGYAN_DATA"),
    trust: parseText(environment, "TONGYAN_TRUST"),
    maxBytes: parseInteger(environment, "TONGYAN_MAX_BYTES", 1024, 1024 * MIB),
    workers: parseInteger(environment, "TONGYAN_WORKERS", 1, 256),
    timeBudget: parseInteger(environment, "TONGYAN_TIME_BUDGET_MS", 100, 600_000),
    access: parseChoice(environment, "TONGYAN_ACCESS", ["loopback", "open"] as const),
    logLevel: parseChoice(environment, "TONGYAN_LOG_LEVEL", LOG_LEVELS),
    policy: parsePolicy(environment),
  };
}

function checkConfig(values: Values): Config {
  return {
    listen: { host: values.host ?? "127.0.0.1", port: values.port ?? 8080 },
    access: values.access ?? "loopback",
    dataDirectory: values.data ?? "data",
    trust: values.trust === undefined ? { kind: "demo" } : { kind: "directory", directory: values.trust },
    verification: {
      policy: values.policy ?? "gb-t-38540",
      maxBytes: values.maxBytes ?? DEFAULT_LIMITS.maxBytes,
      workers: values.workers ?? availableParallelism(),
      timeBudget: values.timeBudget ?? 10_000,
    },
    logLevel: values.logLevel ?? "info",
  };
}

const VARIABLES: ReadonlySet<string> = new Set([
  "TONGYAN_HOST",
  "TONGYAN_PORT",
  "TONGYAN_DATA",
  "TONGYAN_TRUST",
  "TONGYAN_MAX_BYTES",
  "TONGYAN_WORKERS",
  "TONGYAN_TIME_BUDGET_MS",
  "TONGYAN_ACCESS",
  "TONGYAN_LOG_LEVEL",
  "TONGYAN_POLICY",
]);

/** A misspelt variable would silently leave a default in force. */
function refuseUnknown(environment: Environment): void {
  const unknown = Object.keys(environment).find((name) => name.startsWith("TONGYAN_") && !VARIABLES.has(name));
  if (unknown !== undefined) throw new ConfigError(`${unknown} is not a variable of Tongyan`);
}

function parseText(environment: Environment, name: string): string | undefined {
  const text = environment[name];
  if (text === undefined) return undefined;
  if (text.trim() === "") throw new ConfigError(`${name} is empty; leave it out for the default`);
  return text;
}

function parseInteger(environment: Environment, name: string, min: number, max: number): number | undefined {
  const text = parseText(environment, name);
  if (text === undefined) return undefined;
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new ConfigError(`${name} must be a whole number from ${min} to ${max}`);
  return value;
}

function parseChoice<const Choice extends string>(
  environment: Environment,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = parseText(environment, name);
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new ConfigError(`${name} must be one of ${choices.join(", ")}`);
  return choice;
}

function parsePolicy(environment: Environment): PolicyId | undefined {
  const text = parseText(environment, "TONGYAN_POLICY");
  if (text === undefined) return undefined;
  if (!isPolicyId(text)) throw new ConfigError("TONGYAN_POLICY must be gb-t-38540 or strict");
  return text;
}
