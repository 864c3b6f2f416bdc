import { compareClaim } from "../compare.ts";
import type { Surroundings } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { LookupAnswer, MatchAnswer, MatchQuestion, Source, SourceHealth } from "../source.ts";
import { importTable } from "./import-table.ts";
import { layoutOf } from "./layout.ts";
import { type OpenTable, TableInUse } from "./table-in-use.ts";
import type { TableHit } from "./table-file.ts";
import type { TableSettings } from "./settings.ts";

/**
 * Records that a provider uploads as a CSV or XLSX file, kept in `<data>/<source>/`. Looked up and compared in this process;
 * until something was uploaded the source is unavailable. Throws SettingsError for an id that cannot name a directory.
 */
export function openTable(settings: TableSettings, around: Surroundings): Source {
  const { id, dataDirectory, clock, resource, wellFormedModule } = around;
  const table = new TableInUse(dataDirectory, id, layoutOf(settings), clock);
  return {
    describe: () => ({ kind: "table", host: null, abilities: ["lookup", "match"] }),
    async fetch({ keys, fields }): Promise<LookupAnswer> {
      const open = table.now();
      const hit = find(open, keys, [...Object.keys(keys), ...fields]);
      if (hit === null) return { kind: "not-found", ...provenance(open) };
      return { kind: "found", record: hit.record, ...provenance(open, hit) };
    },
    async match(question): Promise<MatchAnswer> {
      const open = table.now();
      const { claims, state } = question;
      const hit = find(open, question.keys, [...Object.keys(claims), ...(state === null ? [] : [state])]);
      if (hit === null) return { kind: "not-found", ...provenance(open) };
      const typeOf = (field: string) => resource.fields[field]?.type ?? "text";
      return { kind: "found", ...compared(hit, question, typeOf), ...provenance(open, hit) };
    },
    ...(wellFormedModule !== undefined && {
      async upload(upload, { signal }) {
        const report = await importTable(upload, settings, { id, dataDirectory, clock, wellFormedModule }, signal);
        await table.look();
        return report;
      },
    }),
    health: () => table.look().then(() => healthOf(table)),
    async close() {
      table.close();
    },
  };
}

function find({ file }: OpenTable, keys: Readonly<Record<string, string>>, wanted: readonly string[]): TableHit | null {
  const finding = file.find(keys, wanted);
  switch (finding.kind) {
    case "found":
      return finding.hit;
    case "none":
      return null;
    case "several":
      throw new SourceError("KEYS_AMBIGUOUS", "more than one row has these keys");
    case "no-such-key":
      throw new SourceError("SOURCE_REFUSED", "the table cannot be asked by these keys");
  }
}

function compared(
  { record }: TableHit,
  { claims, state }: MatchQuestion,
  typeOf: (field: string) => Parameters<typeof compareClaim>[0],
): Pick<Extract<MatchAnswer, { kind: "found" }>, "claims" | "state"> {
  const results = Object.entries(claims).map(
    ([field, claimed]) => [field, compareClaim(typeOf(field), claimed, record[field] ?? null)] as const,
  );
  return { claims: Object.fromEntries(results), state: state === null ? null : (record[state] ?? null) };
}

/** The reference names the version of the table and the row of the file that was uploaded. A text in one piece: see DECISIONS.md. */
function provenance(
  { version, file }: OpenTable,
  hit?: TableHit,
): { readonly asOf: string; readonly reference: string } {
  return { asOf: file.asOf, reference: ["table", version, ...(hit === undefined ? [] : [hit.row])].join(":") };
}

function healthOf(table: TableInUse): SourceHealth {
  const { open, problem } = table;
  if (open === null) return { status: "unavailable", ...(problem ?? NOTHING_UPLOADED) };
  if (problem !== null) return { status: "degraded", ...problem };
  const { records, asOf } = open.file;
  return { status: "ready", zh: `共 ${records} 条记录，数据时点 ${asOf}。`, en: `${records} records as of ${asOf}.` };
}

const NOTHING_UPLOADED = { zh: "尚未上传表格。", en: "No table was uploaded yet." };
