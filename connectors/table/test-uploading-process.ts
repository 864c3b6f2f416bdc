import { createReadStream } from "node:fs";
import { importTable } from "./import-table.ts";
import { checkTableSettings } from "./settings.ts";
import { CERTIFICATES, SETTINGS } from "./test-shape.ts";

/** A process that takes in the CSV file named second, into the directory named first, and tells when rows are being read. */
const [, , dataDirectory = "", file = ""] = process.argv;
await importTable(
  {
    format: "csv",
    bytes: createReadStream(file),
    onProgress: ({ phase, rows }) => process.stdout.write(`${phase} ${rows}\n`),
  },
  checkTableSettings(SETTINGS, CERTIFICATES),
  {
    id: "hefei",
    dataDirectory,
    clock: () => Date.now(),
    wellFormedModule: new URL("test-well-formed.ts", import.meta.url).href,
  },
  new AbortController().signal,
);
process.stdout.write("done\n");
