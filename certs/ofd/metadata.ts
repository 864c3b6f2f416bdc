import type { XmlElement } from "../bytes/xml.ts";
import { trimXml } from "./location.ts";
import type { Markup } from "./markup.ts";

/** `path`: the entry in which it stands. `ambiguous`: names of CustomData that stand there with two values; `custom` has none of them. */
export type OfdMetadata = {
  readonly path: string;
  readonly docId: string | null;
  readonly title: string | null;
  readonly custom: ReadonlyMap<string, string>;
  readonly ambiguous: readonly string[];
};

/**
 * DocInfo of GB/T 33190-2016 7.4 with the CustomDatas in which GB/T 36905 puts a licence's metadata. A real system
 * misspells them `CuslomDatas/CuslomData@name`; both are read, and a name with two values counts as not stated.
 */
export function readMetadata(file: Markup, info: XmlElement | null): OfdMetadata {
  const custom = new Map<string, string>();
  const ambiguous = new Set<string>();
  const fields = info === null ? [] : [...fieldsOf(file, info, STANDARD), ...fieldsOf(file, info, MISSPELT)];
  for (const [name, value] of fields) {
    if (value === null || (custom.get(name) ?? value) !== value) ambiguous.add(name);
    else custom.set(name, value);
  }
  for (const name of ambiguous) custom.delete(name);
  return {
    path: file.path,
    docId: info === null ? null : file.text(info, "DocID"),
    title: info === null ? null : file.text(info, "Title"),
    custom,
    ambiguous: [...ambiguous],
  };
}

type Spelling = { readonly list: string; readonly field: string; readonly name: string };
const STANDARD: Spelling = { list: "CustomDatas", field: "CustomData", name: "Name" };
const MISSPELT: Spelling = { list: "CuslomDatas", field: "CuslomData", name: "name" };

/** A value with elements inside it is null: viewers differ on what its text is. */
function fieldsOf(file: Markup, info: XmlElement, spelling: Spelling): (readonly [string, string | null])[] {
  return file
    .all(info, spelling.list)
    .flatMap((list) => file.all(list, spelling.field))
    .flatMap((field) => {
      const name = trimXml(field.attributes.get(spelling.name) ?? "");
      return name === "" ? [] : [[name, field.children.length > 0 ? null : trimXml(field.text)] as const];
    });
}
