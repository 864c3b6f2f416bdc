import { UploadError } from "../../upload.ts";
import type { OnRow } from "../rows.ts";
import { XlsxPackage } from "./package.ts";
import { readSharedStrings } from "./shared-strings.ts";
import { readSheet } from "./sheet.ts";
import { readDateStyles } from "./styles.ts";
import { TextStore } from "./text-store.ts";
import { readWorkbook } from "./workbook.ts";

type XlsxForm = {
  /** Null for the first visible sheet. */
  readonly sheet: string | null;
  /** Path for a file of texts that lives as long as the reading. */
  readonly texts: string;
};

/**
 * Reads the rows of one sheet of an XLSX workbook (ISO/IEC 29500-1) in the order of the file, with little memory whatever its
 * size: formulas give their kept values, cells of date formats dates. `onBytes` is told how much of the file was read so far.
 * Throws UploadError XLSX_*, SHEET_UNKNOWN, and what `onRow` throws.
 */
export async function readXlsx(
  path: string,
  { sheet, texts }: XlsxForm,
  onRow: OnRow,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const archive = await XlsxPackage.open(path, onBytes);
  const store = new TextStore(texts);
  try {
    const workbook = await readWorkbook(archive);
    const chosen =
      sheet === null
        ? workbook.sheets.find(({ hidden }) => !hidden)
        : workbook.sheets.find(({ name }) => name === sheet);
    if (chosen === undefined) throw new UploadError("SHEET_UNKNOWN", sheet ?? "no visible sheet");
    if (workbook.sharedStrings !== null) await readSharedStrings(archive, workbook.sharedStrings, store);
    const isDateStyle = workbook.styles === null ? new Set<number>() : await readDateStyles(archive, workbook.styles);
    await readSheet(archive, chosen.part, { texts: store, dateStyles: isDateStyle, epoch: workbook.epoch }, onRow);
  } finally {
    store.close();
    archive.close();
  }
}
