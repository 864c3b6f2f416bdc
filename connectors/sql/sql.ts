import type { Surroundings } from "../settings.ts";
import { SOURCE_ERRORS, SourceError } from "../source-error.ts";
import type { CallOptions, LookupAnswer, LookupQuestion, Source, SourceHealth } from "../source.ts";
import { type Ask, openConnections } from "./connections.ts";
import { parseConnectionUrl } from "./connection-url.ts";
import { keyForms } from "./key-forms.ts";
import { roleProblem, type RoleProblem } from "./read-only-role.ts";
import { readRow } from "./row.ts";
import { sqlFailure } from "./sql-failure.ts";
import type { SqlSettings } from "./settings.ts";
import { probeOf, qualifiedView, statementsOf } from "./statement.ts";

/** Milliseconds for which it is believed what the role may do. */
const ROLE_KNOWN = 60_000;

/**
 * A view in a PostgreSQL database (12 or later). It is asked through a role that can only read: with a superuser, or a role that may
 * write to the view, nothing is asked at all. Keys are compared as text (`column::text`) in each of their usual writings: an index on a
 * text column serves, else one on that expression. Throws SettingsError for secrets that do not fit.
 */
export function openSql(settings: SqlSettings, around: Surroundings): Source {
  const url = parseConnectionUrl(around.secret(settings.connection), settings.connection);
  const connections = openConnections(settings, url, around.secret);
  const statements = statementsOf(settings);
  const view = qualifiedView(settings);
  let role: { readonly problem: RoleProblem; readonly at: number } | null = null;

  async function checkRole(ask: Ask): Promise<RoleProblem> {
    role = { problem: await roleProblem(ask, view), at: around.clock() };
    return role.problem;
  }

  async function fetch(question: LookupQuestion, { signal }: CallOptions): Promise<LookupAnswer> {
    const statement = statements(Object.keys(question.keys), question.fields);
    const values = statement.keys.map((key) => formsOf(question, key, around));
    const rows = await connections.borrow(signal, async (ask) => {
      const known = role !== null && around.clock() - role.at < ROLE_KNOWN;
      const problem = known ? (role?.problem ?? null) : await checkRole(ask);
      if (problem !== null) throw new SourceError("SOURCE_REFUSED", problem.en, { sent: false });
      return ask({ text: statement.text, name: statement.name, values });
    });
    if (rows.length > 1) throw new SourceError("KEYS_AMBIGUOUS", `more than one row for ${statement.keys.join(", ")}`);
    const asked = [...statement.keys, ...question.fields];
    return answerOf(rows[0], { selected: statement.fields, asked }, { question, around });
  }

  async function health({ signal }: CallOptions): Promise<SourceHealth> {
    try {
      return await connections.borrow(signal, async (ask) => {
        const problem = await checkRole(ask);
        if (problem !== null) return { status: "unavailable", ...problem };
        await ask({ text: probeOf(settings) });
        return { status: "ready", zh: "数据库可以查询。", en: "The database answers." };
      });
    } catch (error) {
      const { code, detail } = sqlFailure(error, { sent: false });
      const { zh, en } = SOURCE_ERRORS[code];
      return { status: "unavailable", zh: `${zh}（${detail}）。`, en: `${en} (${detail}).` };
    }
  }

  return {
    describe: () => ({ kind: "sql", host: `${url.host}:${url.port}`, abilities: ["lookup"] }),
    fetch,
    health,
    close: connections.close,
  };
}

function formsOf({ keys }: LookupQuestion, key: string, { resource }: Surroundings): readonly string[] {
  return keyForms(resource.fields[key]?.type ?? "text", keys[key] ?? "");
}

type Circumstances = { readonly question: LookupQuestion; readonly around: Surroundings };

/** Without a column that says so, facts are as of now. */
function answerOf(
  cells: readonly unknown[] | undefined,
  fields: Parameters<typeof readRow>[1],
  { question, around }: Circumstances,
): LookupAnswer {
  const now = new Date(around.clock()).toISOString();
  const ours = `${around.id}:${question.exchange}`;
  if (cells === undefined) return { kind: "not-found", asOf: now, reference: ours };
  const { asOf, reference, record } = readRow(cells, fields, around.resource);
  return { kind: "found", record, asOf: asOf ?? now, reference: reference ?? ours };
}
