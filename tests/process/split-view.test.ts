import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ensureDemo } from "#gateway/demo/demo-profile.ts";
import { parseCheckpoint } from "#gateway/log/tlog/checkpoint.ts";
import { openNote, parseNote } from "#gateway/log/tlog/signed-note.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { type Serving, startServing } from "./serving.ts";
import { runningWitness, type Witnessing } from "./witnessing.ts";

const NAME = "witness.example/w1";

let directory: string;
let witness: Witnessing | null;
let serving: Serving | null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "split-view-"));
  witness = null;
  serving = null;
});
afterEach(async () => {
  await serving?.end("SIGKILL");
  await witness?.end("SIGKILL");
  rmSync(directory, { recursive: true });
});

const serve = async (data: string, environment: Record<string, string> = {}): Promise<Serving> =>
  (serving = await startServing({
    TONGYAN_DATA: data,
    TONGYAN_TRUST: ensureDemo(data, Date.now()).trustDirectory,
    TONGYAN_WORKERS: "1",
    ...environment,
  }));

async function stop(): Promise<void> {
  expect(await serving?.end("SIGTERM")).toBe(0);
  serving = null;
}

async function verify(url: string, data: string): Promise<void> {
  const body = readFileSync(join(data, "demo", "realestate-v4.ofd"));
  const headers = { "content-type": "application/ofd" };
  const { status } = await fetch(`${url}/v1/verifications`, { method: "POST", body, headers });
  expect(status).toBe(200);
}

/** The checkpoint that the gateway has published last, and who has signed it. */
function published(data: string): {
  readonly size: number;
  readonly note: string;
  readonly signers: readonly string[];
} {
  const note = readFileSync(join(data, "log", "checkpoint"), "utf8");
  const { text, signatures } = parseNote(note);
  return { size: parseCheckpoint(text).size, note, signers: signatures.map(({ name }) => name) };
}

const until = <Seen>(look: () => Seen | Promise<Seen>): Promise<Seen> =>
  vi.waitFor(look, { timeout: 30_000, interval: 50 });

const cosigned = (data: string, atLeast: number): Promise<number> =>
  until(() => {
    const { size, signers } = published(data);
    expect([size >= atLeast, signers.includes(NAME)]).toEqual([true, true]);
    return size;
  });

async function witnessHealth(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/health/ready`);
  expect(response.status).toBe(200);
  const { checks } = (await response.json()) as { checks: { witnesses: Record<string, unknown> } };
  return checks.witnesses;
}

test("a gateway whose log was put back from an older copy finds its witness against it, and says so", async () => {
  const data = join(directory, "data");
  const copy = join(directory, "copy");
  const keys = join(data, "log", "keys");
  await serve(data);
  await stop();
  witness = await runningWitness([join(directory, "w1"), "--name", NAME, "--log", keys, "--port", "0"]);
  const witnesses = { TONGYAN_WITNESSES: `${witness.url} ${witness.vkey}` };

  await serve(data, witnesses);
  const first = await cosigned(data, 2);
  await stop();
  cpSync(data, copy, { recursive: true });

  const { url } = await serve(data, witnesses);
  for (let each = 0; each < 5; each += 1) await verify(url, data);
  const seen = await cosigned(data, first + 5);
  const logKeys = readFileSync(keys, "utf8").trim().split("\n");
  const verifiers = [...logKeys, witness.vkey].map((vkey) => readVerifierKey(vkey).verifier);
  expect(openNote(published(data).note, verifiers).verified).toHaveLength(3);
  expect(await witnessHealth(url)).toMatchObject({ status: "ready", each: { [NAME]: { status: "ready" } } });
  await stop();

  const restored = await serve(copy, witnesses);
  const refused = async (code: string): Promise<void> => {
    await until(async () =>
      expect(await witnessHealth(restored.url)).toMatchObject({
        status: "degraded",
        each: { [NAME]: { status: "degraded", detail: expect.stringContaining(code) } },
      }),
    );
    await until(() => expect(restored.logged()).toMatch(new RegExp(`"alarm":"split-view".*"code":"${code}"`)));
  };
  await refused("HISTORY_SHORTER");
  while (published(copy).size <= seen) await verify(restored.url, data);
  await refused("HISTORY_DIFFERS");
  expect(published(copy).signers).not.toContain(NAME);
  await until(() => expect(witness?.logged()).toMatch(/"code":"(?:PROOF_REFUSED|ROOT_DIFFERS)"/));
  expect(published(data).size).toBeGreaterThanOrEqual(seen);
}, 120_000);

test("witnesses that cannot be read keep the gateway from starting, by the variable's name", async () => {
  const data = join(directory, "data");
  await expect(serve(data, { TONGYAN_WITNESSES: "https://w1.example" })).rejects.toThrow(
    /^serve ended with 78: [^]*TONGYAN_WITNESSES: line 1/,
  );
});
