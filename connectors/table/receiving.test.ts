import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { receive } from "./receiving.ts";

test("nothing is left at work on the file when it has ended: it can be removed then", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tongyan-receiving-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = join(directory, "opens-late");
  execFileSync("mkfifo", [path]);
  const caller = new AbortController();
  async function* bytes() {
    yield Buffer.from("x");
  }
  const ended = vi.fn<(outcome: unknown) => void>();
  const receiving = receive(bytes(), { path, maxBytes: 10, signal: caller.signal, onBytes: () => {} }).catch(ended);
  caller.abort(new Error("enough"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(ended).not.toHaveBeenCalled();
  expect(await readFile(path)).toHaveLength(0);
  await receiving;
  expect(ended).toHaveBeenCalledOnce();
});
