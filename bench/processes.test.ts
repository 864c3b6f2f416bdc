import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { BenchProcess } from "./processes.ts";
import { findingOf } from "./run-scenario.ts";

const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

function scriptOf(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

const started = (name: string, text: string): BenchProcess =>
  new BenchProcess(scriptOf(name, text), [], join(directory, `${name}.log`));
const isThere = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const SILENT = "process.on('message', () => {}); setInterval(() => {}, 1000);";

test("hears what a process says", async () => {
  const child = started("echo.mjs", "process.on('message', (order) => process.send({ heard: order }));");
  expect(await child.hear({ asked: 1 }, 20_000)).toEqual({ heard: { asked: 1 } });
  await child.stop();
});

test("a process that says nothing ends the waiting, and is told from one that ended", async () => {
  const silent = started("silent.mjs", SILENT);
  await expect(silent.hear({}, 300)).rejects.toThrow("silent.mjs said nothing within 0.3 s");
  await silent.stop();
  const ended = started("ended.mjs", "console.error('why it ended'); process.exit(3);");
  await expect(ended.hear(null, 20_000)).rejects.toThrow(/ended\.mjs ended:\nwhy it ended/);
});

test("no child outlives the process that started it", async () => {
  const file = scriptOf(
    "starter.mjs",
    `import { BenchProcess } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, "processes.ts")).href)};
     const child = new BenchProcess(${JSON.stringify(scriptOf("child.mjs", `process.send({ pid: process.pid }); ${SILENT}`))}, [], ${JSON.stringify(join(directory, "child.log"))});
     process.send(await child.hear(null, 20_000), () => process.exit());`,
  );
  const starter = spawn(process.execPath, [file], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ended = once(starter, "exit");
  const [{ pid }] = (await once(starter, "message")) as [{ pid: number }];
  await ended;
  await expect.poll(() => isThere(pid), { timeout: 20_000 }).toBe(false);
});

test("a scenario that hangs or fails has no finding", async () => {
  const scenario = (text: string) =>
    spawn(process.execPath, ["-e", text], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const hanging = scenario(SILENT);
  await expect(findingOf(hanging, { name: "lookup", minutes: 0.005 })).rejects.toThrow("lookup was not done within");
  hanging.kill("SIGKILL");
  await expect(findingOf(scenario("process.exit(1)"), { name: "log", minutes: 1 })).rejects.toThrow("log has failed");
});
