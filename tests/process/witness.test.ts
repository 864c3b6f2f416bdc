import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openNote } from "#gateway/log/tlog/signed-note.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { TestLog } from "#gateway/witness/test-log.ts";
import { endedWitness, runningWitness, type Witnessing } from "./witnessing.ts";

const NAME = "witness.example/w1";
const log = new TestLog().grow(400);

let directory: string;
let keys: string;
let running: Witnessing | null;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "witness-"));
  keys = join(directory, "keys");
  writeFileSync(keys, `${log.keys.vkeys.join("\n")}\n`);
  running = null;
});
afterEach(async () => {
  await running?.end("SIGKILL");
  rmSync(directory, { recursive: true });
});

const own = (): string => join(directory, "own", "w1");
const argv = (): readonly string[] => [own(), "--name", NAME, "--log", keys, "--port", "0"];
const start = async (): Promise<Witnessing> => (running = await runningWitness(argv()));
const post = (url: string, body: string): Promise<Response> => fetch(`${url}/add-checkpoint`, { method: "POST", body });
const statusOf = async (body: string): Promise<number> => (await post(running?.url ?? "", body)).status;

describe("tongyan witness", () => {
  test("cosigns, keeps its key to itself, and stops when told to", async () => {
    const { url, vkey, end } = await start();
    const response = await post(url, log.request(0));
    const { verified } = openNote(log.note() + (await response.text()), [readVerifierKey(vkey).verifier]);
    expect(verified.map(({ name }) => name)).toEqual([NAME]);
    expect(statSync(own()).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(own())) expect(statSync(join(own(), name)).mode & 0o077).toBe(0);
    expect(await end("SIGTERM")).toBe(0);
    const again = await start();
    expect(again.vkey).toBe(vkey);
    expect(await statusOf(log.request(400))).toBe(200);
  });

  test("a key on the command line is as good as a file", async () => {
    const [key = ""] = log.keys.vkeys;
    running = await runningWitness([own(), "--name", NAME, "--log", key, "--port", "0"]);
    expect(await statusOf(log.request(0))).toBe(200);
  });

  test.each([
    ["no directory", () => ["--name", NAME, "--log", keys], 64, "name one DIR"],
    ["no name", () => [own(), "--log", keys], 64, "--name"],
    ["a name that is none", () => [own(), "--name", "a b", "--log", keys], 64, "--name"],
    ["no log", () => [own(), "--name", NAME], 64, "--log"],
    ["a port that is none", () => [own(), "--name", NAME, "--log", keys, "--port", "70000"], 64, "--port"],
    ["an unknown option", () => [...argv(), "--force"], 64, "--force"],
    ["keys that cannot be read", () => [own(), "--name", NAME, "--log", "no-such"], 78, "no-such"],
    ["a log's key that is none", () => [own(), "--name", NAME, "--log", "a.b+00000000+AAAA"], 78, "key"],
    ["a host that is not here", () => [...argv(), "--host", "192.0.2.1"], 69, ""],
  ])("%s: it does not start", async (_what, given, exit, reason) => {
    const ended = await endedWitness(given());
    expect([ended.exit, ended.stdout]).toEqual([exit, ""]);
    expect(ended.stderr).toContain(reason);
    expect(ended.stderr).not.toContain("    at ");
  });

  test("two of them on one directory would sign two histories: the second does not start", async () => {
    await start();
    expect(await endedWitness(argv())).toMatchObject({ exit: 78, stderr: expect.stringContaining("another process") });
    expect(await statusOf(log.request(0))).toBe(200);
  });
});

/** Which history a cosignature was got for, and from which size. */
type Cosigned = { readonly history: TestLog; readonly old: number; readonly size: number };

/** Whether one history holds all of them. */
function areOneHistory(cosigned: readonly Cosigned[]): boolean {
  const largest = cosigned.toSorted((a, b) => a.size - b.size).at(-1);
  return cosigned.every(({ history, size }) => largest?.history.root(size).equals(history.root(size)) ?? false);
}

describe("kill -9", () => {
  test("right after each cosignature: no other history is signed from where the last one began", async () => {
    const cosigned: Cosigned[] = [];
    for (let round = 0; round < 6; round += 1) {
      const { url, end } = await start();
      const old = round * 10;
      const size = old + 10;
      expect((await post(url, log.request(old, size))).status).toBe(200);
      await end("SIGKILL");
      cosigned.push({ history: log, old, size });
      await start();
      const told = log.copyOf(old).grow(size + 5, `told otherwise in round ${round}`);
      for (const other of [size, size + 5]) expect(await statusOf(told.request(old, other))).toBe(409);
      expect(await statusOf(told.request(size, size + 5))).toBe(422);
      expect(await statusOf(told.request(size, size))).toBe(409);
      expect(await statusOf(log.request(size, size))).toBe(200);
      await running?.end("SIGKILL");
    }
    expect(areOneHistory(cosigned)).toBe(true);
  });

  test("in the midst of many requests: all that was ever cosigned is one history", async () => {
    const cosigned: Cosigned[] = [];
    const offered: Cosigned[] = [{ history: log, old: 0, size: 0 }];
    let unanswered = 0;
    const ask = async (url: string, asked: Cosigned): Promise<number | null> => {
      offered.push(asked);
      const answer = await post(url, asked.history.request(asked.old, asked.size)).catch(() => null);
      if (answer?.status === 200) cosigned.push(asked);
      return answer?.status ?? null;
    };
    for (let round = 0; round < 6; round += 1) {
      const { url, kill, end } = await start();
      const old = Number(await (await post(url, log.request(0, 0))).text()) || 0;
      // What it has cosigned last may be something that it was killed before it could answer.
      let trunk: TestLog | null = null;
      for (const { history } of offered.filter(({ size }) => size === old)) {
        if ((await ask(url, { history, old, size: old })) === 200) trunk = history;
      }
      if (trunk === null) throw new Error("it has cosigned what nobody has asked for");
      const tellings = [old, old, old, old, old, Math.max(0, old - 5)].map((from, at) =>
        (trunk as TestLog).copyOf(from).grow(old + 60, `${round}/${at}`),
      );
      let answered = 0;
      const asking = tellings.flatMap((history, at) =>
        [5, 10, 15, 20].map(async (more) => {
          const status = await ask(url, { history, old, size: old + more + at });
          if (status === null) unanswered += 1;
          else answered += 1;
          if (answered === 3 + round) kill();
        }),
      );
      await Promise.all(asking);
      await end("SIGKILL");
    }
    expect(cosigned.length).toBeGreaterThan(5);
    expect(unanswered).toBeGreaterThan(0);
    expect(areOneHistory(cosigned)).toBe(true);
  });

  test("the test would notice: two histories are no one history", () => {
    const told = log.copyOf(10).grow(30, "otherwise");
    const on = (history: TestLog, size: number): Cosigned => ({ history, old: 0, size });
    expect(areOneHistory([on(log, 10), on(told, 20), on(told, 30)])).toBe(true);
    expect(areOneHistory([on(log, 11), on(told, 20)])).toBe(false);
  });
});
