import { type ClientBase, Pool, type PoolClient, type PoolConfig } from "pg";
import type { ConnectionOptions } from "node:tls";
import { abortable } from "../abortable.ts";
import { SourceError } from "../source-error.ts";
import { SettingsError } from "../settings.ts";
import { DatabaseStream, type Route } from "./database-stream.ts";
import { QuietClient } from "./quiet-client.ts";
import type { ConnectionUrl } from "./connection-url.ts";
import { sqlFailure } from "./sql-failure.ts";
import type { SqlSettings } from "./settings.ts";

export type Query = { readonly text: string; readonly name?: string | undefined; readonly values?: readonly unknown[] };
/** Each row a list of cells, in the order of the columns asked for. */
export type Ask = (query: Query) => Promise<readonly (readonly unknown[])[]>;

/** At most so many connections as the settings say, each read-only. */
export type Connections = {
  /**
   * Lends one connection for the time of `use`. When the signal fires the connection is destroyed, whatever it is doing, and the
   * database gives up the query by itself. Throws SourceError, or the signal's reason.
   */
  readonly borrow: <Result>(signal: AbortSignal, use: (ask: Ask) => Promise<Result>) => Promise<Result>;
  /** Ends what is under way. */
  readonly close: () => Promise<void>;
};

/** Seconds until a connection is replaced, so that changed rights, addresses and prepared statements do not live for ever. */
const LIFETIME = 600;

/** Connects at the first question. Throws SettingsError for secrets that do not fit. */
export function openConnections(
  settings: SqlSettings,
  url: ConnectionUrl,
  secret: (name: string) => string,
): Connections {
  const { deadline, maxBytes } = settings.bounds;
  const closing = new AbortController();
  const pool = new Pool({
    ...addressing(settings, url, secret),
    Client: QuietClient,
    max: settings.connections,
    query_timeout: deadline,
    maxLifetimeSeconds: LIFETIME,
    allowExitOnIdle: true,
    onConnect: (client) => prepareSession(client, deadline),
  });
  // A connection that fails while idle is taken out by the pool; there is nobody to tell.
  pool.on("error", () => undefined);

  return {
    async borrow(signal, use) {
      const ended = AbortSignal.any([signal, closing.signal]);
      const client = await obtain(pool, ended);
      try {
        const result = await abortable(use(asking(client, maxBytes)), ended);
        client.release();
        return result;
      } catch (error) {
        client.release(true);
        throw ended.aborted ? ended.reason : sqlFailure(error, { sent: true });
      }
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort(new SourceError("SOURCE_UNAVAILABLE", "the source was closed"));
      await pool.end();
    },
  };
}

function asking(client: PoolClient, maxBytes: number): Ask {
  const { stream } = client.connection;
  return async ({ text, name, values }) => {
    if (stream instanceof DatabaseStream) stream.allow(maxBytes);
    const query = { text, values: [...(values ?? [])], rowMode: "array" as const };
    const { rows } = await client.query<unknown[]>(name === undefined ? query : { ...query, name });
    return rows;
  };
}

/** Everything is said here, so that nothing is taken from PG… variables or a password file. TLS is the stream's own matter. */
function addressing(settings: SqlSettings, url: ConnectionUrl, secret: (name: string) => string): PoolConfig {
  const { host, port, user, password, database } = url;
  const tls = tlsOptions(settings, secret);
  const route: Route = {
    transport: tls === null ? "http:" : "https:",
    allowed: settings.allowed,
    tls,
    patience: settings.bounds.deadline,
  };
  return {
    host,
    port,
    user,
    password: () => password,
    database,
    options: " ",
    application_name: "tongyan",
    stream: () => new DatabaseStream(route),
    ssl: false,
    sslnegotiation: "postgres",
    enableChannelBinding: tls !== null,
  };
}

function tlsOptions({ tls, ca }: SqlSettings, secret: (name: string) => string): ConnectionOptions | null {
  if (tls.mode === "disable") return null;
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    ...(ca !== null && { ca: pem(ca, secret) }),
    ...(tls.client !== null && { cert: pem(tls.client.certificate, secret), key: pem(tls.client.key, secret) }),
    ...(tls.mode === "verify-ca" && { checkServerIdentity: () => undefined }),
  };
}

function pem(name: string, secret: (name: string) => string): string {
  const text = secret(name);
  if (!text.includes("-----BEGIN ")) throw new SettingsError(`the secret ${name} holds no PEM`);
  return text;
}

/**
 * What holds for every query of a connection. Where the server can (14 and later) it watches whether we are still there, so that a
 * query nobody waits for ends at once; elsewhere statement_timeout ends it.
 */
async function prepareSession(client: ClientBase, deadline: number): Promise<void> {
  const timeout = Math.max(1, Math.floor(deadline * 0.9));
  await client.query(
    [
      "SET default_transaction_read_only = on",
      `SET statement_timeout = ${timeout}`,
      `SET lock_timeout = ${timeout}`,
      `SET idle_in_transaction_session_timeout = ${deadline}`,
      "SET DateStyle = 'ISO, YMD'",
      "SET TimeZone = 'Asia/Shanghai'",
      "SET extra_float_digits = 1",
      "SET standard_conforming_strings = on",
      "SELECT set_config(name, '500ms', false) FROM pg_settings WHERE name = 'client_connection_check_interval'",
    ].join("; "),
  );
}

/** A connection that arrives after all goes back to the pool. */
async function obtain(pool: Pool, signal: AbortSignal): Promise<PoolClient> {
  signal.throwIfAborted();
  const pending = pool.connect();
  const giveBack = () => void pending.then((client) => client.release()).catch(() => undefined);
  try {
    return await abortable(pending, signal, giveBack);
  } catch (error) {
    throw signal.aborted ? signal.reason : sqlFailure(error, { sent: false });
  }
}
