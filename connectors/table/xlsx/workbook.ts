import { posix } from "node:path";
import { UploadError } from "../../upload.ts";
import type { Epoch } from "./cell-value.ts";
import { malformed, type XlsxPackage } from "./package.ts";
import { scanXml, type XmlAttributes } from "./xml.ts";

/** Parts by their names in the package; null where the workbook has none. */
export type Workbook = {
  readonly sheets: readonly { readonly name: string; readonly hidden: boolean; readonly part: string }[];
  readonly sharedStrings: string | null;
  readonly styles: string | null;
  readonly epoch: Epoch;
};

type Relation = { readonly id: string; readonly kind: string; readonly part: string };

/** Finds the parts of a workbook by its relations. Throws UploadError XLSX_MACROS, XLSX_MALFORMED. */
export async function readWorkbook(archive: XlsxPackage): Promise<Workbook> {
  await refuseMacros(archive);
  const main = (await readRelations(archive, "")).find(({ kind }) => kind === "officeDocument");
  if (main === undefined) throw malformed("the package has no workbook");
  const relations = await readRelations(archive, main.part);
  const partOf = (wanted: string) => relations.find(({ kind }) => kind === wanted)?.part ?? null;
  const { entries, epoch } = await readSheetList(archive, main.part);
  const sheets = entries.flatMap(({ name, hidden, relation }) => {
    const part = relations.find(({ id }) => id === relation);
    if (part === undefined) throw malformed("a sheet names a part that is not there");
    return part.kind === "worksheet" ? [{ name, hidden, part: part.part }] : [];
  });
  return { sheets, epoch, sharedStrings: partOf("sharedStrings"), styles: partOf("styles") };
}

async function refuseMacros(archive: XlsxPackage): Promise<void> {
  await scanXml(archive, "[Content_Types].xml", {
    open(_, attributes) {
      if (/macroenabled|vbaproject/i.test(attributes["ContentType"] ?? "")) {
        throw new UploadError("XLSX_MACROS", "a workbook with macros");
      }
    },
  });
}

/** The relations of a part, "" for those of the package; what lies outside the package is left out. */
async function readRelations(archive: XlsxPackage, part: string): Promise<readonly Relation[]> {
  const folder = posix.dirname(part);
  const relations: Relation[] = [];
  await scanXml(archive, posix.join(folder, "_rels", `${posix.basename(part)}.rels`), {
    open(name, attributes) {
      if (name !== "Relationship" || attributes["TargetMode"] === "External") return;
      relations.push({
        id: attributes["Id"] ?? "",
        kind: posix.basename(attributes["Type"] ?? ""),
        part: posix.resolve("/", folder, attributes["Target"] ?? "").slice(1),
      });
    },
  });
  return relations;
}

type SheetEntry = { readonly name: string; readonly hidden: boolean; readonly relation: string };

async function readSheetList(
  archive: XlsxPackage,
  part: string,
): Promise<{ readonly entries: readonly SheetEntry[]; readonly epoch: Epoch }> {
  const entries: SheetEntry[] = [];
  let epoch: Epoch = 1900;
  await scanXml(archive, part, {
    open(name, attributes) {
      if (name === "workbookPr" && ["1", "true"].includes(attributes["date1904"] ?? "")) epoch = 1904;
      if (name === "sheet") {
        const state = attributes["state"] ?? "visible";
        entries.push({ name: attributes["name"] ?? "", hidden: state !== "visible", relation: relationOf(attributes) });
      }
    },
  });
  return { entries, epoch };
}

/** The attribute of the relationships namespace, whatever its prefix is. */
function relationOf(attributes: XmlAttributes): string {
  const name = Object.keys(attributes).find((key) => key.endsWith(":id"));
  return name === undefined ? "" : (attributes[name] ?? "");
}
