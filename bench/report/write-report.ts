import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchRun } from "./bench-run.ts";
import { renderHtml } from "./render-html.ts";

export type WrittenReport = { readonly json: string; readonly html: string };

/** Writes a run as JSON and as a page, with the `earlier` runs beside it. Files are named for when it started; says where they are. */
export function writeReport(run: BenchRun, directory: string, earlier: readonly BenchRun[] = []): WrittenReport {
  mkdirSync(directory, { recursive: true });
  const name = `bench-${run.startedAt.replace(/\.\d+Z$/, "Z").replaceAll(":", "")}`;
  const [json, html] = [join(directory, `${name}.json`), join(directory, `${name}.html`)];
  writeJson(json, run);
  writeFileSync(html, renderHtml([run, ...earlier]));
  return { json, html };
}

export const writeJson = (file: string, run: BenchRun): void =>
  writeFileSync(file, `${JSON.stringify(run, null, 1)}\n`);
