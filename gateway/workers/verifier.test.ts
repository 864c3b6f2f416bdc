import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import { Verifier, type Verification, type VerifierOptions } from "./verifier.ts";

const workerFile = new URL("../../tests/workers/troubled-worker.ts", import.meta.url);
const trust = { digest: "sha256:first", material: [] };

let verifier: Verifier | null = null;
let troubles: string[] = [];

afterEach(async () => await verifier?.close());

async function start(options: Partial<VerifierOptions> = {}): Promise<Verifier> {
  troubles = [];
  const defaults = { workers: 1, timeBudget: 1500, maxWaiting: 8, limits: DEFAULT_LIMITS, workerFile };
  const onTrouble = (what: string, detail: string): void => void troubles.push(`${what}: ${detail}`);
  verifier = await Verifier.start({ ...defaults, onTrouble, ...options }, trust);
  return verifier;
}

function tell(pool: Verifier, deed: string, signal?: AbortSignal): Promise<Verification> {
  const take = (): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`${deed} .`);
  return pool.verify({ take, policy: "strict", at: 0, ...(signal !== undefined && { signal }) });
}

const REFUSED = { kind: "refused", code: "NOT_OFD" };

test("what a worker answers comes back", async () => {
  expect(await tell(await start(), "refuse")).toMatchObject(REFUSED);
  expect(troubles).toEqual([]);
});

test("a document that runs over time is tried twice, then given up; the next one is served", async () => {
  const pool = await start({ timeBudget: 700 });
  const abandoned = { kind: "abandoned", reason: "BUDGET", detail: "over 700 ms", snapshot: "sha256:first" };
  expect(await tell(pool, "hang")).toEqual(abandoned);
  expect(troubles).toHaveLength(2);
  expect(pool.state.lastLost).not.toBeNull();
  expect(await tell(pool, "refuse")).toMatchObject(REFUSED);
});

test("a document that ends its worker is given up; the next one is served", async () => {
  const pool = await start({ timeBudget: 20_000 });
  expect(await tell(pool, "exit")).toMatchObject({ kind: "abandoned", reason: "BUDGET" });
  expect(await tell(pool, "refuse")).toMatchObject(REFUSED);
});

test("a document that devours memory is given up; the next one is served", async () => {
  const pool = await start({ timeBudget: 30_000, heapMebibytes: 64 });
  expect(await tell(pool, "devour")).toMatchObject({
    kind: "abandoned",
    reason: "BUDGET",
    detail: "the worker ended",
  });
  expect(troubles).toHaveLength(2);
  expect(await tell(pool, "refuse")).toMatchObject(REFUSED);
});

test("a worker that died by chance is replaced, and the document tried again", async () => {
  const pool = await start();
  const mark = join(mkdtempSync(join(tmpdir(), "verifier-")), "bitten");
  expect(await tell(pool, `once-bitten ${mark}`)).toEqual({ ...REFUSED, detail: "second attempt" });
  rmSync(dirname(mark), { recursive: true });
  expect(troubles).toHaveLength(1);
});

test("a document that cannot be had again is not tried again", async () => {
  const pool = await start();
  let held: Uint8Array<ArrayBuffer> | null = new TextEncoder().encode("exit");
  const take = (): Uint8Array<ArrayBuffer> | null => {
    const given = held;
    held = null;
    return given;
  };
  const verification = await pool.verify({ take, policy: "strict", at: 0 });
  expect(verification).toMatchObject({ kind: "abandoned", reason: "BUDGET" });
  expect(troubles).toHaveLength(1);
});

test("a report that is too large is no reason to try again", async () => {
  const abandoned = { kind: "abandoned", reason: "BUDGET", detail: "a report of 9 characters" };
  expect(await tell(await start(), "ramble")).toMatchObject(abandoned);
  expect(troubles).toEqual([]);
});

test("an exception is no verdict, and no reason to try again", async () => {
  const pool = await start();
  expect(await tell(pool, "stumble")).toMatchObject({ kind: "abandoned", reason: "CHECK_ERROR" });
  expect(troubles).toEqual(["an exception in verification: TypeError\n    at somewhere"]);
});

test("more documents than may wait are turned away as BUSY, those before them are served", async () => {
  const pool = await start({ maxWaiting: 3 });
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => tell(pool, "refuse")));
  expect(all.filter((each) => each.status === "fulfilled")).toHaveLength(4);
  for (const each of all.slice(4)) expect(each).toMatchObject({ status: "rejected", reason: { code: "BUSY" } });
});

test("a document whose caller has gone is not begun", async () => {
  const pool = await start();
  const caller = new AbortController();
  const served = tell(pool, "refuse");
  const given = tell(pool, "hang", caller.signal);
  caller.abort(new Error("gone"));
  await expect(given).rejects.toThrow("gone");
  expect(await served).toMatchObject(REFUSED);
});

test("new trust changes the workers over, without losing a document", async () => {
  const pool = await start({ workers: 2, maxWaiting: 100 });
  const before = Array.from({ length: 20 }, () => tell(pool, "refuse"));
  const changed = pool.use({ digest: "sha256:second", material: [] });
  const after = Array.from({ length: 20 }, () => tell(pool, "refuse"));
  await changed;
  for (const verification of await Promise.all([...before, ...after])) expect(verification).toMatchObject(REFUSED);
  expect(await tell(pool, "stumble")).toMatchObject({ snapshot: "sha256:second" });
});

test("a document at work finishes with the workers it was given to", async () => {
  const pool = await start({ workers: 3, timeBudget: 20_000 });
  const long = tell(pool, "toil 1200");
  const short = tell(pool, "toil 300");
  await pool.use({ digest: "sha256:second", material: [] });
  expect(await Promise.all([long, short])).toMatchObject([REFUSED, REFUSED]);
  expect(troubles).toEqual([]);
});

test("workers that do not start are reported, not waited for", async () => {
  const missing = new URL("../../tests/workers/no-such-worker.ts", import.meta.url);
  await expect(start({ workerFile: missing })).rejects.toThrow("no worker became ready");
});
