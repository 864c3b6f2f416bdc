import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureDemo } from "#gateway/demo/demo-profile.ts";
import { type Serving, startServing } from "./serving.ts";

let data: string;
let serving: Serving | null = null;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "tongyan-"));
});
afterEach(async () => {
  await serving?.end("SIGKILL");
  serving = null;
  rmSync(data, { recursive: true, force: true });
});

async function verify(url: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const body = readFileSync(join(data, "demo", "realestate-v4.ofd"));
  const headers = { "content-type": "application/ofd" };
  const response = await fetch(`${url}/v1/verifications`, { method: "POST", body, headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("log not writable: no answer without evidence, unready with the reason, and well again without a restart", async () => {
  mkdirSync(join(data, "log"));
  writeFileSync(join(data, "log", "journal"), "in the way of the journal's directory");
  serving = await startServing({ TONGYAN_DATA: data, TONGYAN_TRUST: ensureDemo(data, Date.now()).trustDirectory });
  const { status, body } = await verify(serving.url);
  expect(status).toBe(503);
  expect(body).toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(body).not.toHaveProperty("verdict");
  expect(body).not.toHaveProperty("detail");
  const ready = await fetch(`${serving.url}/health/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({
    status: "unavailable",
    checks: { verify: { status: "ready" }, record: { status: "unavailable" }, trust: { status: "ready" } },
  });
  expect((await fetch(`${serving.url}/health/live`)).status).toBe(200);

  rmSync(join(data, "log", "journal"));
  expect((await verify(serving.url)).body["verdict"]).toBe("PASSED");
});

test("a document that takes too long is INDETERMINATE, and the service goes on", async () => {
  const { trustDirectory } = ensureDemo(data, Date.now());
  const slow = { TONGYAN_TIME_BUDGET_MS: "100", TONGYAN_WORKERS: "1" };
  serving = await startServing({ TONGYAN_DATA: data, TONGYAN_TRUST: trustDirectory, ...slow });
  const url = serving.url;
  for (const { status, body } of await Promise.all(Array.from({ length: 5 }, () => verify(url)))) {
    // On a busy machine some of them do not get their turn in time.
    if (status === 503) expect(body["code"]).toBe("BUSY");
    else expect(["PASSED", "INDETERMINATE"]).toContain(body["verdict"]);
  }
  while ((await verify(url)).status === 503) await sleep(100);
  expect(["PASSED", "INDETERMINATE"]).toContain((await verify(url)).body["verdict"]);
});

test("trust from a directory of the operator's own, and none else", async () => {
  const { trustDirectory } = ensureDemo(data, Date.now());
  const own = join(data, "own-trust");
  cpSync(trustDirectory, own, { recursive: true });
  serving = await startServing({ TONGYAN_DATA: data, TONGYAN_TRUST: own });
  expect(serving.printed()).not.toContain("Demo");
  expect((await verify(serving.url)).body["verdict"]).toBe("PASSED");
  await serving.end("SIGTERM");

  rmSync(own, { recursive: true });
  mkdirSync(own);
  serving = await startServing({ TONGYAN_DATA: data, TONGYAN_TRUST: own });
  expect((await verify(serving.url)).body["verdict"]).toBe("INDETERMINATE");
  const ready = await fetch(`${serving.url}/health/ready`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: "degraded", checks: { trust: { status: "degraded" } } });
});
