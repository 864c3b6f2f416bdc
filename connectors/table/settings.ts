import { type CallBounds, readBounds } from "../bounds.ts";
import { normalise } from "../compare.ts";
import type { FieldType, ResourceShape } from "../source.ts";
import { readSettings, type SettingsReader } from "../strict-settings.ts";

/** One column that is taken in. `translation`: what the file's values mean, by their normal form; null when they stand for themselves. */
export type TableColumn = {
  readonly header: string;
  readonly field: string;
  readonly type: FieldType;
  readonly translation: ReadonlyMap<string, string> | null;
};

export type CsvForm = { readonly encoding: "utf-8" | "gb18030"; readonly delimiter: "," | ";" | "\t" };

export type TableSettings = {
  readonly kind: "table";
  readonly columns: readonly TableColumn[];
  /** Sets of fields by which a record can be asked for; the first names each record, no two may have the same. */
  readonly keySets: readonly (readonly string[])[];
  /** `reject`: one refused row and nothing is replaced. `skip`: the others are taken. */
  readonly onRefused: "reject" | "skip";
  readonly otherColumns: "ignore" | "refuse";
  /** Counted from 1. */
  readonly headerRow: number;
  /** Name of the sheet; null for the first one that is visible. */
  readonly sheet: string | null;
  readonly csv: CsvForm;
  readonly maxBytes: number;
  readonly maxRows: number;
  readonly bounds: CallBounds;
};

const MEMBERS = [
  "kind",
  "mapping",
  "onRefused",
  "otherColumns",
  "headerRow",
  "sheet",
  "csv",
  "maxBytes",
  "maxRows",
  "bounds",
] as const;

const DEFAULT_MAX_BYTES = 1_073_741_824;
const DEFAULT_MAX_ROWS = 5_000_000;
const DELIMITERS = { comma: ",", semicolon: ";", tab: "\t" } as const;

/**
 * `{ kind: "table", mapping: { columns: { HEADER: FIELD }, values?: { FIELD: { WRITTEN: MEANT } } }, onRefused?: "reject" | "skip",
 * otherColumns?: "ignore" | "refuse", headerRow?, sheet?, csv?: { encoding?: "utf-8" | "gb18030", delimiter?: "comma" |
 * "semicolon" | "tab" }, maxBytes?, maxRows?, bounds? }`. Throws SettingsError.
 */
export function checkTableSettings(value: unknown, resource: ResourceShape): TableSettings {
  const reader = readSettings(value, "settings", MEMBERS);
  const mapping = reader.section("mapping", ["columns", "values"]);
  const columns = readColumns(mapping, resource);
  const csv = reader.optionalSection("csv", ["encoding", "delimiter"]);
  return {
    kind: reader.choice("kind", ["table"]),
    columns,
    keySets: readKeySets(mapping, columns, resource),
    onRefused: reader.optionalChoice("onRefused", ["reject", "skip"]) ?? "reject",
    otherColumns: reader.optionalChoice("otherColumns", ["ignore", "refuse"]) ?? "ignore",
    headerRow: reader.optionalInteger("headerRow", { min: 1, max: 100 }) ?? 1,
    sheet: reader.optionalText("sheet", { longest: 31 }) ?? null,
    csv: {
      encoding: csv?.optionalChoice("encoding", ["utf-8", "gb18030"]) ?? "utf-8",
      delimiter: DELIMITERS[csv?.optionalChoice("delimiter", ["comma", "semicolon", "tab"]) ?? "comma"],
    },
    maxBytes: reader.optionalInteger("maxBytes", { min: 1024, max: 17_179_869_184 }) ?? DEFAULT_MAX_BYTES,
    maxRows: reader.optionalInteger("maxRows", { min: 1, max: 100_000_000 }) ?? DEFAULT_MAX_ROWS,
    bounds: readBounds(reader.raw("bounds")),
  };
}

/** Headers are the same whatever their width, blanks and letter case. */
export const headerForm = (header: string): string => normalise("code", header);

type MappingReader = SettingsReader<"columns" | "values">;

function readColumns(mapping: MappingReader, resource: ResourceShape): readonly TableColumn[] {
  const fields = [...mapping.textsByName("columns")];
  if (fields.length === 0) mapping.refuse("columns", "must not be empty");
  if (new Set(fields.map(([header]) => headerForm(header))).size < fields.length) {
    mapping.refuse("columns", "must not have the same header twice");
  }
  if (new Set(fields.map(([, field]) => field)).size < fields.length) {
    mapping.refuse("columns", "must not fill the same field twice");
  }
  const translations = readTranslations(mapping, new Set(fields.map(([, field]) => field)));
  return fields.map(([header, field]) => {
    if (headerForm(header) === "") mapping.refuse("columns", "must not have a blank header");
    const known = Object.hasOwn(resource.fields, field) ? resource.fields[field] : undefined;
    if (known === undefined) return mapping.refuse("columns", `names ${field}, which ${resource.id} does not have`);
    return { header, field, type: known.type, translation: translations.get(field) ?? null };
  });
}

function readTranslations(
  mapping: MappingReader,
  fields: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const values = mapping.optionalSection("values", [...fields]);
  const translated = [...fields].filter((field) => values?.has(field) === true);
  return new Map(
    translated.map((field) => {
      const written = [...(values?.textsByName(field) ?? [])];
      return [field, new Map(written.map(([text, meaning]) => [normalise("text", text), meaning]))] as const;
    }),
  );
}

function readKeySets(
  mapping: MappingReader,
  columns: readonly TableColumn[],
  resource: ResourceShape,
): readonly (readonly string[])[] {
  const fields = new Set(columns.map(({ field }) => field));
  const keySets = resource.keys.filter((keys) => keys.length > 0 && keys.every((key) => fields.has(key)));
  if (keySets.length > 0) return keySets;
  return mapping.refuse("columns", `must fill all fields of one of the keys of ${resource.id}`);
}
