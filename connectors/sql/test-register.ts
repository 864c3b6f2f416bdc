import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { SourceError } from "../source-error.ts";
import type { CallOptions, LookupAnswer, Source } from "../source.ts";
import { checkSqlSettings } from "./settings.ts";
import { openSql } from "./sql.ts";
import { openTestDatabase, type TestDatabase } from "./test-database.ts";
import { question, resource, surroundings } from "./test-resource.ts";

export const NUMBER = "皖(2026)合肥市不动产权第0001234号";
export const HOLDER = "张三丰";
export const CODE = "11010519491231002X";
export const UNIT = "340104001001GB00001F00010001";

/** As a register might hold them: other brackets, padded columns, a small x, nothing stated, two of a kind. */
const TABLE = `
  CREATE TABLE $schema.register (
    number varchar(64), unit char(30), holder text, holder_code varchar(18), area numeric(24, 4), registered date,
    phone text, mortgaged boolean, state smallint, changed timestamptz, entry bigint);
  INSERT INTO $schema.register VALUES
    ('皖（2026）合肥市不动产权第0001234号', '${UNIT}', '${HOLDER}', '11010519491231002x', 12345678901234567.8900,
      '1999-12-31', '13800138000', true, 1, '2026-03-01 08:00:00+08', 9007199254740993),
    ('皖（2026）合肥市不动产权第0000002号', 'U2', NULL, '440524188001010014', NULL, NULL, '', false, 1, NULL, NULL),
    ('twice', 'U3', 'a', 'b', 1, '2000-01-01', NULL, NULL, 1, now(), 3),
    ('twice', 'U4', 'a', 'b', 1, '2000-01-01', NULL, NULL, 1, now(), 4),
    ('it''s "q" \\ {a,b}', 'U5', 'a', 'b', 1, '2000-01-01', NULL, NULL, 1, now(), 5);
  CREATE VIEW $schema."V" AS SELECT * FROM $schema.register;
  CREATE VIEW $schema.slow AS SELECT register.* FROM $schema.register, pg_sleep(600);
  CREATE VIEW $schema.unhurried AS SELECT register.* FROM $schema.register, pg_sleep(0.05);
  GRANT SELECT ON $schema."V", $schema.slow, $schema.unhurried TO $role`;

/** Settings of the source under test; what is left out fits the table. */
export type Wanted = {
  readonly view?: string;
  readonly role?: string;
  readonly clock?: () => number;
} & Readonly<Record<string, unknown>>;

/** A database with the table, and sources that ask it. Without a server `reachable` is false, and all else throws. */
export type TestRegister = {
  readonly reachable: boolean;
  readonly run: TestDatabase["run"];
  readonly makeRole: TestDatabase["makeRole"];
  readonly open: (wanted?: Wanted) => Source;
  /** Backends that are at work for the test, as the server sees them. */
  readonly atWork: () => Promise<number>;
  /** Closes all sources; resolves when no backend is at work any more. */
  readonly closeSources: () => Promise<void>;
  readonly drop: () => Promise<void>;
};

export async function openTestRegister(): Promise<TestRegister> {
  const database = await openTestDatabase();
  const sources: Source[] = [];
  const there = (): TestDatabase => {
    if (database === null) throw new Error("there is no database");
    return database;
  };
  const atWork = async () => {
    const active = `SELECT 1 FROM pg_stat_activity WHERE usename LIKE '$schema%' AND state = 'active'`;
    return (await there().run(active)).length;
  };
  await database?.run(TABLE).catch(async (error: unknown) => {
    await database.drop();
    throw error;
  });
  return {
    reachable: database !== null,
    run: (sql) => there().run(sql),
    makeRole: (attributes) => there().makeRole(attributes),
    open(wanted = {}) {
      const source = openOn(there(), wanted);
      sources.push(source);
      return source;
    },
    atWork,
    async closeSources() {
      await Promise.all(sources.splice(0).map((source) => source.close()));
      if (database !== null) await until(async () => (await atWork()) === 0);
    },
    drop: async () => await database?.drop(),
  };
}

function openOn(database: TestDatabase, { view = "V", role = database.role, clock, ...settings }: Wanted): Source {
  const columns = {
    certificateNumber: "number",
    unitNumber: "unit",
    holderName: "holder",
    holderCode: "holder_code",
    area: "area",
    registeredOn: "registered",
    contactPhone: "phone",
    mortgaged: "mortgaged",
    state: "state",
  };
  const common = { kind: "sql", connection: "db", view: `${database.schema}.${view}`, columns };
  const more = { asOf: "changed", reference: "entry", sslmode: "disable", allowNetworks: ["127.0.0.1/32"] };
  const checked = checkSqlSettings({ ...common, ...more, ...settings }, resource);
  return openSql(checked, surroundings({ db: database.urlFor(role) }, clock));
}

export const patient = (): CallOptions => ({ signal: new AbortController().signal });

export const ask = (source: Source, number: string, fields: readonly string[] = ["state"]): Promise<LookupAnswer> =>
  source.fetch(question({ certificateNumber: number }, fields), patient());

/** The error instead of an answer. Its own texts must not quote records either. */
export async function failure(answer: Promise<unknown>): Promise<SourceError> {
  const error: unknown = await answer.then(
    () => expect.unreachable("an answer came"),
    (error: unknown) => error,
  );
  if (!(error instanceof SourceError)) throw error;
  const told = JSON.stringify([error.message, error.detail, String(error.cause), Object.entries(error.cause ?? {})]);
  expect(told).not.toContain(HOLDER);
  return error;
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}
