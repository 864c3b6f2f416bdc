import type { XlsxPackage } from "./package.ts";
import type { TextStore } from "./text-store.ts";
import { scanXml } from "./xml.ts";
import { unescaped } from "./cell-value.ts";

/** Reads the workbook's shared strings into `store` (ISO/IEC 29500-1 18.4): runs of one string joined, phonetic hints left out. */
export async function readSharedStrings(archive: XlsxPackage, part: string, store: TextStore): Promise<void> {
  let text = "";
  let isText = false;
  let isHint = false;
  await scanXml(archive, part, {
    open(name) {
      if (name === "si") text = "";
      else if (name === "rPh") isHint = true;
      else if (name === "t") isText = !isHint;
    },
    text(piece) {
      if (isText) text += piece;
    },
    close(name) {
      if (name === "si") store.add(unescaped(text));
      else if (name === "rPh") isHint = false;
      else if (name === "t") isText = false;
    },
  });
}
