import type { XlsxPackage } from "./package.ts";
import { scanXml } from "./xml.ts";

/** Formats that need no definition and show dates, those of Chinese systems included (ISO/IEC 29500-1 18.8.30). */
const BUILT_IN_DATES: readonly (readonly [number, number])[] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
];
const MAX_STYLES = 65_536;

/** Numbers of the cell styles (`s` of a cell) whose numbers are dates. */
export async function readDateStyles(archive: XlsxPackage, part: string): Promise<ReadonlySet<number>> {
  const ownDates = new Set<number>();
  const styles = new Set<number>();
  let inCellStyles = false;
  let style = 0;
  await scanXml(archive, part, {
    open(name, attributes) {
      if (name === "numFmt" && isDateFormat(attributes["formatCode"] ?? ""))
        ownDates.add(Number(attributes["numFmtId"]));
      else if (name === "cellXfs") inCellStyles = true;
      else if (name === "xf" && inCellStyles && style < MAX_STYLES) {
        const format = Number(attributes["numFmtId"] ?? 0);
        if (ownDates.has(format) || isBuiltInDate(format)) styles.add(style);
        style += 1;
      }
    },
    close(name) {
      if (name === "cellXfs") inCellStyles = false;
    },
  });
  return styles;
}

const isBuiltInDate = (format: number): boolean =>
  BUILT_IN_DATES.some(([first, last]) => format >= first && format <= last);

/** A format of dates has a letter for a part of one outside of quoted text, colours and locales. */
function isDateFormat(code: string): boolean {
  const bare = code
    .slice(0, 256)
    .replace(/"[^"]*"/g, "")
    .replace(/\[[^\]]*\]/g, "")
    .replace(/\\.|_.|\*./g, "");
  return /[ymdhs]/i.test(bare) && !/general/i.test(bare);
}
