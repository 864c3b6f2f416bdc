import { availableParallelism } from "node:os";
import { isPolicyId, type PolicyId } from "#certs/policy.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";

const MIB = 1024 * 1024;

export const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Who may call: `loopback` is callers on this machine only, `open` is everybody who reaches the port. */
export type Access = "loopback" | "open";

/** Certificate chain, private key, and the CAs of client certificates, each a PEM file. */
export type TlsFiles = { readonly cert: string; readonly key: string; readonly clientCa: string | null };

/** All that may be printed; see readSecrets for the rest. */
export type Config = {
  readonly listen: { readonly host: string; readonly port: number };
  /** The gateway's own name in tokens, an origin as in https://gateway.example. */
  readonly issuer: string;
  /** Null: plain HTTP. */
  readonly tls: TlsFiles | null;
  readonly access: Access;
  /** Directory of everything the service writes. */
  readonly dataDirectory: string;
  readonly trust: { readonly kind: "directory"; readonly directory: string } | { readonly kind: "demo" };
  /** Directory of a policy set; null: the one that comes with Tongyan. */
  readonly policies: string | null;
  /** File that an empty registry is filled from; null: none, or the demo's. */
  readonly seed: string | null;
  /** Where Redis is, without its password; null: counters are in memory. */
  readonly redis: { readonly host: string; readonly port: number; readonly tls: boolean } | null;
  /** `origin`: the name of the exchange log, which it keeps for good; null: one is made of the issuer's host. */
  readonly log: { readonly origin: string | null };
  /** File of thresholds, null for what is usual; and where alerts are sent, without path and query; null: nowhere. */
  readonly alerts: { readonly file: string | null; readonly webhook: { readonly origin: string } | null };
  /** Lines `URL KEY` of witnesses that are asked to cosign the log's checkpoints, or a file of them; null: none. */
  readonly witnesses: string | null;
  /** Days for which exchanges are kept. `trailRules`: file of lawful delays in persons' trails, null for the usual ones. */
  readonly retention: { readonly days: number };
  readonly trailRules: string | null;
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
  readonly issuer: string | undefined;
  readonly policies: string | undefined;
  readonly seed: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsClientCa: string | undefined;
  readonly redis: URL | undefined;
  readonly logOrigin: string | undefined;
  readonly witnesses: string | undefined;
  readonly retention: number | undefined;
  readonly trailRules: string | undefined;
  readonly alerts: string | undefined;
  readonly alertWebhook: URL | undefined;
};

/** What must never be printed. */
export type Secrets = {
  /** With its password; null when there is no Redis. */
  readonly redisUrl: string | null;
  /** Whole: whoever knows it may be able to send to it. Null when alerts are sent nowhere. */
  readonly alertWebhook: string | null;
};

/** Reads what TONGYAN_… variables and REDIS_URL say. Throws ConfigError. */
export function readConfig(environment: Environment): Config {
  return checkConfig(parseValues(environment));
}

/** The part of the environment that is kept apart. Throws ConfigError. */
export function readSecrets(environment: Environment): Secrets {
  return {
    redisUrl: parseRedis(environment)?.href ?? null,
    alertWebhook: parseWebhook(environment)?.href ?? null,
  };
}

/** Three years, in days (政务数据共享条例第二十九条, 个人信息保护法第五十六条). */
const LAWFUL_RETENTION = 1096;

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
    issuer: parseOrigin(environment, "TONGYAN_ISSUER"),
    policies: parseText(environment, "TONGYAN_POLICIES"),
    seed: parseText(environment, "TONGYAN_SEED"),
    tlsCert: parseText(environment, "TONGYAN_TLS_CERT"),
    tlsKey: parseText(environment, "TONGYAN_TLS_KEY"),
    tlsClientCa: parseText(environment, "TONGYAN_TLS_CLIENT_CA"),
    redis: parseRedis(environment),
    logOrigin: parseLogOrigin(environment),
    witnesses: parseText(environment, "TONGYAN_WITNESSES"),
    retention: parseInteger(environment, "TONGYAN_RETENTION", LAWFUL_RETENTION, 36_500),
    trailRules: parseText(environment, "TONGYAN_TRAIL_RULES"),
    alerts: parseText(environment, "TONGYAN_ALERTS"),
    alertWebhook: parseWebhook(environment),
  };
}

function checkConfig(values: Values): Config {
  const listen = { host: values.host ?? "127.0.0.1", port: values.port ?? 8080 };
  const tls = checkTls(values);
  return {
    listen,
    issuer: values.issuer ?? originOf(listen, tls === null ? "http" : "https"),
    tls,
    access: values.access ?? "loopback",
    dataDirectory: values.data ?? "data",
    trust: values.trust === undefined ? { kind: "demo" } : { kind: "directory", directory: values.trust },
    verification: {
      policy: values.policy ?? "gb-t-38540",
      maxBytes: values.maxBytes ?? DEFAULT_LIMITS.maxBytes,
      workers: values.workers ?? availableParallelism(),
      timeBudget: values.timeBudget ?? 10_000,
    },
    policies: values.policies ?? null,
    seed: values.seed ?? null,
    redis: values.redis === undefined ? null : addressOf(values.redis),
    log: { origin: values.logOrigin ?? null },
    witnesses: values.witnesses ?? null,
    retention: { days: values.retention ?? LAWFUL_RETENTION },
    trailRules: values.trailRules ?? null,
    alerts: {
      file: values.alerts ?? null,
      webhook: values.alertWebhook === undefined ? null : { origin: values.alertWebhook.origin },
    },
    logLevel: values.logLevel ?? "info",
  };
}

function checkTls({ tlsCert: cert, tlsKey: key, tlsClientCa: clientCa }: Values): TlsFiles | null {
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa: clientCa ?? null };
  if (cert === undefined && key === undefined && clientCa === undefined) return null;
  throw new ConfigError(`${cert === undefined ? "TONGYAN_TLS_CERT" : "TONGYAN_TLS_KEY"} is missing: TLS needs both`);
}

/** Who listens on all addresses is reached at least by this name. */
function originOf({ host, port }: Config["listen"], scheme: "http" | "https"): string {
  const name = ["0.0.0.0", "::"].includes(host) ? "localhost" : host;
  return new URL(`${scheme}://${name.includes(":") ? `[${name}]` : name}:${port}`).origin;
}

const REDIS_PORT = 6379;
const addressOf = ({ protocol, hostname, port }: URL): Config["redis"] => ({
  host: hostname,
  port: port === "" ? REDIS_PORT : Number(port),
  tls: protocol === "rediss:",
});

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
  "TONGYAN_ISSUER",
  "TONGYAN_LOG_ORIGIN",
  "TONGYAN_WITNESSES",
  "TONGYAN_POLICIES",
  "TONGYAN_SEED",
  "TONGYAN_TLS_CERT",
  "TONGYAN_TLS_KEY",
  "TONGYAN_TLS_CLIENT_CA",
  "TONGYAN_RETENTION",
  "TONGYAN_TRAIL_RULES",
  "TONGYAN_ALERTS",
  "TONGYAN_ALERT_WEBHOOK",
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

function parseOrigin(environment: Environment, name: string): string | undefined {
  const text = parseText(environment, name);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.origin === text) return text;
  throw new ConfigError(`${name} must be an origin such as https://gateway.example, without a path`);
}

/** Its message does not repeat the URL either: the path of a webhook is often its password. */
function parseWebhook(environment: Environment): URL | undefined {
  const name = "TONGYAN_ALERT_WEBHOOK";
  const text = parseText(environment, name);
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
  if (isWeb && url.hash === "") return url;
  throw new ConfigError(`${name} must be an address with http or https, without user, password and fragment`);
}

/** As in gateway.example/log: what C2SP checkpoints and keys take for a name. */
function parseLogOrigin(environment: Environment): string | undefined {
  const text = parseText(environment, "TONGYAN_LOG_ORIGIN");
  if (text === undefined || /^[A-Za-z0-9._:/-]{1,200}$/.test(text)) return text;
  throw new ConfigError(
    "TONGYAN_LOG_ORIGIN must be 1 to 200 letters, digits and . _ : / - such as gateway.example/log",
  );
}

/** The message does not repeat the URL: it may hold a password. */
function parseRedis(environment: Environment): URL | undefined {
  const text = parseText(environment, "REDIS_URL");
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isRedis =
    url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "" && /^(\/\d*)?$/.test(url.pathname);
  if (isRedis && url.search === "" && url.hash === "") return url;
  throw new ConfigError("REDIS_URL must be redis:// or rediss://, with a host and at most a database's number");
}
