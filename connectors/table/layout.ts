import { NORMAL_FORM } from "../compare.ts";
import type { FieldType } from "../source.ts";
import type { TableSettings } from "./settings.ts";

/** Of the files that tables are kept in; a file of another version is not read. */
export const FILE_FORMAT = 1;

export type LayoutField = { readonly name: string; readonly type: FieldType };

/** How records are kept: column `v<i>` holds the i-th field's value, `n<i>` the normal form of the i-th key field's. */
export type Layout = {
  readonly fields: readonly LayoutField[];
  /** Fields that are part of any key, in the order of their `n` columns. */
  readonly keyFields: readonly string[];
  readonly keySets: readonly (readonly string[])[];
};

export function layoutOf({ columns, keySets }: TableSettings): Layout {
  const fields = columns.map(({ field, type }) => ({ name: field, type }));
  fields.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { fields, keyFields: [...new Set(keySets.flat())].sort(), keySets };
}

/** Equal for settings under which the same file serves. */
export const layoutName = (layout: Layout): string => JSON.stringify({ normalForm: NORMAL_FORM, ...layout });

/** The condition that names one record, with its keys as parameters in the order of the key set. */
export const keyCondition = ({ keyFields }: Layout, keySet: readonly string[]): string =>
  keySet.map((key) => `n${keyFields.indexOf(key)} = ?`).join(" AND ");

/** The columns of a key set, in its order. */
export const keyColumns = ({ keyFields }: Layout, keySet: readonly string[]): string =>
  keySet.map((key) => `n${keyFields.indexOf(key)}`).join(", ");

/** The column of a field's values; null for a field that the table does not have. */
export function valueColumn({ fields }: Layout, field: string): string | null {
  const index = fields.findIndex(({ name }) => name === field);
  return index < 0 ? null : `v${index}`;
}

export const valueColumns = ({ fields }: Layout): string => fields.map((_, index) => `v${index}`).join(", ");

export const normalColumns = ({ keyFields }: Layout): string => keyFields.map((_, index) => `n${index}`).join(", ");
