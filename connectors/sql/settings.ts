import { type CallBounds, readBounds } from "../bounds.ts";
import { type ClientCertificate, REACH_MEMBERS, type ReachSettings, readReach } from "../outbound-settings.ts";
import { type SettingsReader, readSettings } from "../strict-settings.ts";
import type { ResourceShape } from "../source.ts";
import { isIdentifier, LONGEST_IDENTIFIER } from "./identifier.ts";

/** `verify-ca` does not compare the host's name. */
export type SqlTls =
  | { readonly mode: "disable" }
  | {
      readonly mode: "verify-full" | "verify-ca";
      readonly client: ClientCertificate | null;
    };

export type SqlSettings = ReachSettings & {
  readonly kind: "sql";
  /** Name of the secret that holds `postgres://user:password@host:port/database`. */
  readonly connection: string;
  readonly view: { readonly schema: string; readonly name: string };
  /** Column by field. A field without one is answered as null. */
  readonly columns: ReadonlyMap<string, string>;
  /** Column that says from when a row's facts are; null: rows are as of the moment they are asked for. */
  readonly asOf: string | null;
  /** Column that holds the source's own name for a row. */
  readonly reference: string | null;
  readonly tls: SqlTls;
  readonly connections: number;
  readonly bounds: CallBounds;
};

const MEMBERS = [
  "kind",
  "connection",
  "view",
  "columns",
  "asOf",
  "reference",
  "sslmode",
  "clientCertificate",
  "clientKey",
  ...REACH_MEMBERS,
  "pool",
  "bounds",
] as const;
type Reader = SettingsReader<(typeof MEMBERS)[number]>;

const DEFAULT_CONNECTIONS = 4;

/** Throws SettingsError. Names of schema, view and columns are taken literally, capitals included. */
export function checkSqlSettings(value: unknown, resource: ResourceShape): SqlSettings {
  const reader = readSettings(value, "settings", MEMBERS);
  const reach = readReach(reader);
  const tls = readTls(reader);
  if (tls.mode === "disable" && reach.allowed.length === 0) {
    reader.refuse("allowNetworks", "must name the database's network when sslmode is disable");
  }
  return {
    ...reach,
    kind: reader.choice("kind", ["sql"]),
    connection: reader.text("connection"),
    view: readView(reader),
    columns: readColumns(reader, resource),
    asOf: readOptionalColumn(reader, "asOf"),
    reference: readOptionalColumn(reader, "reference"),
    tls,
    connections: reader.optionalSection("pool", ["max"])?.integer("max", { min: 1, max: 50 }) ?? DEFAULT_CONNECTIONS,
    bounds: readBounds(reader.raw("bounds")),
  };
}

function readView(reader: Reader): SqlSettings["view"] {
  const [schema = "", name = "", ...rest] = reader.text("view").split(".");
  if (!isIdentifier(schema) || !isIdentifier(name) || rest.length > 0) {
    reader.refuse("view", "must be schema.view, each a plain name");
  }
  return { schema, name };
}

function readColumns(reader: Reader, resource: ResourceShape): ReadonlyMap<string, string> {
  const columns = reader.textsByName("columns");
  for (const [field, column] of columns) {
    if (!Object.hasOwn(resource.fields, field))
      reader.refuse("columns", `names no field of ${resource.id}: ${field.slice(0, 64)}`);
    if (!isIdentifier(column))
      reader.refuse("columns", `must give ${field} a plain name of at most ${LONGEST_IDENTIFIER} bytes`);
  }
  const missing = resource.keys.flat().find((key) => !columns.has(key));
  if (missing !== undefined) reader.refuse("columns", `must give the key ${missing} a column`);
  return columns;
}

function readOptionalColumn(reader: Reader, member: "asOf" | "reference"): string | null {
  if (!reader.has(member) || reader.raw(member) === null) return null;
  const column = reader.text(member);
  if (!isIdentifier(column)) reader.refuse(member, "must be the plain name of a column, or null");
  return column;
}

function readTls(reader: Reader): SqlTls {
  const mode = reader.optionalChoice("sslmode", ["verify-full", "verify-ca", "disable"]) ?? "verify-full";
  const client = readClientCertificate(reader);
  if (mode === "disable") {
    if (reader.has("ca") || client !== null)
      reader.refuse("sslmode", "must not be disable when there are certificates");
    return { mode };
  }
  if (mode === "verify-ca" && !reader.has("ca")) reader.refuse("ca", "is needed when sslmode is verify-ca");
  return { mode, client };
}

function readClientCertificate(reader: Reader): ClientCertificate | null {
  const certificate = reader.optionalText("clientCertificate");
  const key = reader.optionalText("clientKey");
  if (certificate === undefined && key === undefined) return null;
  if (certificate === undefined) return reader.refuse("clientCertificate", "is needed beside clientKey");
  if (key === undefined) return reader.refuse("clientKey", "is needed beside clientCertificate");
  return { certificate, key };
}
