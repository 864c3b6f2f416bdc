import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { IndexStore } from "./index/index-store.ts";
import type { TestLog } from "./test-log.ts";

/** Puts a log of tests into a directory, as a gateway lays it out, its index included unless `half` says public. */
export function writeTestLog(log: TestLog, directory: string, half: "whole" | "public" = "whole"): void {
  for (const [path, bytes] of log.tiles.files) write(join(directory, path), bytes);
  write(join(directory, "checkpoint"), log.checkpoint());
  write(join(directory, "keys"), `${log.vkeys.join("\n")}\n`);
  write(join(directory, "origin"), `${log.origin}\n`);
  if (half === "whole") writeTestIndex(log, directory);
}

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** The index of the first entries; of all by default. */
export function writeTestIndex(log: TestLog, directory: string, count = log.entries.length): void {
  mkdirSync(join(directory, "journal"), { recursive: true });
  const store = new IndexStore(join(directory, "index.sqlite"));
  const records = log.entries.slice(0, count).map(({ leaf, salts, request, record }, index) => {
    const persons = [Buffer.alloc(32, index + 1).toString("base64url")];
    return {
      index,
      leaf: Buffer.from(leaf),
      salts: Buffer.from(salts, "base64"),
      target: request === "" ? null : Buffer.from(request),
      subject: null,
      persons,
      record: Buffer.from(record),
    };
  });
  store.add(records);
  store.truncateWal();
  store.close();
}
