import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lockLog } from "./log-lock.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "log-lock-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What another process says that tries to take the log. */
function otherProcess(): string {
  const module = new URL("./log-lock.ts", import.meta.url).href;
  const script = `import { lockLog } from ${JSON.stringify(module)};
    try { lockLog(${JSON.stringify(root)})(); console.log("taken"); } catch (error) { console.log(error.code); }`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  return stdout.trim();
}

test("held against other processes, whoever tries in this one", () => {
  const unlock = lockLog(root);
  expect(() => lockLog(root)).toThrow("is in use by another gateway");
  expect(otherProcess()).toBe("LOG_LOCKED");
  unlock();
  expect(otherProcess()).toBe("taken");
  expect(statSync(join(root, "lock.sqlite")).mode & 0o777).toBe(0o600);
});
