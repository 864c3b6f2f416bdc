import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { startDemoProcess } from "./child-process.ts";

const directory = mkdtempSync(join(tmpdir(), "demo-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("a process is started from wherever the checkout lies", async () => {
  const script = join(directory, "两 words #1", "child.mjs");
  mkdirSync(join(script, ".."));
  writeFileSync(script, "process.send({ port: 4711 });\nprocess.once('disconnect', () => process.exit(0));\n");
  const child = await startDemoProcess(pathToFileURL(script), [], {});
  expect(child.port).toBe(4711);
  await child.stop();
});

test("one that ends before it is ready is told of", async () => {
  const script = join(directory, "ends.mjs");
  writeFileSync(script, "process.exit(3);\n");
  await expect(startDemoProcess(pathToFileURL(script), [], {})).rejects.toThrow("did not start");
});
