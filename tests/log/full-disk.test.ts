import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Filling } from "./filling-process.ts";

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), "full-disk-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FILLING = fileURLToPath(new URL("./filling-process.ts", import.meta.url));

/** Runs the process behind some commands of the shell, which see the directory as $1, Node as $2 and the module as $3. */
function fillUp(before: readonly string[], script: string): Filling {
  const shell = [...before, "sh", "-c", script, "sh", root, process.execPath, FILLING];
  const [command = "", ...rest] = shell;
  return JSON.parse(execFileSync(command, rest, { encoding: "utf8", timeout: 50_000 })) as Filling;
}

/** A mount that only the process sees, and that is gone with it: as root, or as whoever may make namespaces. */
const WAYS = [
  ["unshare", "--mount"],
  ["unshare", "--user", "--map-root-user", "--mount"],
];
const MOUNT = 'mount -t tmpfs -o size=28m tongyan-test "$1"';
const mounting = WAYS.find(([command = "", ...rest]) => {
  const { status } = spawnSync(command, [...rest, "sh", "-c", MOUNT, "sh", tmpdir()]);
  return status === 0;
});

// Where nothing can be mounted the test below stands for it; continuous integration has to be able to.
test.skipIf(mounting === undefined && process.env["CI"] === undefined)(
  "a full disk: nothing is acknowledged that is not kept, and it goes on without a restart when there is room",
  () => {
    const filling = fillUp(mounting ?? ["mounting a tmpfs is not possible"], `${MOUNT} && exec "$2" "$3" "$1" ballast`);
    expect(filling).toMatchObject({
      codes: ["LOG_UNAVAILABLE"],
      failures: ["ENOSPC"],
      probe: "LOG_UNAVAILABLE",
      failureAfterwards: null,
      missing: 0,
      unread: 0,
      refusedButThere: 0,
    });
    expect(filling.acknowledged).toBeGreaterThan(filling.afterwards);
    expect(filling.afterwards).toBeGreaterThanOrEqual(500);
  },
);

test("a file that may not grow any more is a full disk too", () => {
  const filling = fillUp([], 'ulimit -S -f 2048 && exec "$2" "$3" "$1" limit');
  expect(filling).toMatchObject({
    codes: ["LOG_UNAVAILABLE"],
    failures: ["EFBIG"],
    probe: "LOG_UNAVAILABLE",
    failureAfterwards: null,
    missing: 0,
    unread: 0,
    refusedButThere: 0,
  });
  expect(filling.acknowledged).toBeGreaterThan(filling.afterwards);
});
