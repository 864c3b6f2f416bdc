import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { listen, type TestServer } from "#bench/load/test-server.ts";
import { readRun } from "#bench/report/read-run.ts";
import { benchCommand } from "./bench.ts";
import { barLine, showBench } from "./bench-progress.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-bench-command-"));
const requests = join(home, "requests.ndjson");
writeFileSync(requests, '{"path":"/v1/x","body":{},"expect":{"contains":["FOUND"]}}\n');
const open: TestServer[] = [];
afterAll(() => rmSync(home, { recursive: true }));
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function serve(status: number, body: string): Promise<string> {
  const answer: RequestListener = (request, response) => {
    request.resume().on("end", () => response.writeHead(request.url === "/health/ready" ? 404 : status).end(body));
  };
  const server = await listen(answer);
  open.push(server);
  return server.origin;
}

async function run(argv: readonly string[]) {
  const said = { out: "", err: "" };
  const exit = await benchCommand(argv, {
    stdout: (text) => void (said.out += text),
    stderr: (text) => void (said.err += text),
    isTerminal: false,
    env: { TONGYAN_DATA: home },
  });
  return { exit, ...said };
}

const QUICK = ["--requests", requests, "--connections", "2", "--duration", "0.2", "--warm-up", "0"];

describe("exit status", () => {
  test("0: all answers were right; a table, and files that can be compared", async () => {
    const url = await serve(200, "FOUND");
    const out = join(home, "out");
    const first = await run([...QUICK, "--url", url, "--out", out]);
    expect(first).toMatchObject({ exit: 0, err: expect.stringContaining("written: ") });
    expect(first.out).toMatch(/requests\.ndjson: gateway +closed loop +2 /);
    const [json = "", html = ""] = readdirSync(out)
      .toSorted((a, b) => b.localeCompare(a))
      .map((name) => join(out, name));
    expect(readFileSync(html, "utf8")).toContain("Tongyan bench");
    expect(readRun(readFileSync(json, "utf8")).measurements[0]?.outcomes?.wrong).toBe(0);
    const second = await run([...QUICK, "--url", url, "--rate", "50", "--compare", json]);
    expect(second.out).toMatch(/fixed rate, 2 conn\. +per second/);
  });

  test("1: wrong ones; the first is named, not quoted", async () => {
    const { exit, out } = await run([...QUICK, "--url", await serve(200, "张三")]);
    expect(exit).toBe(1);
    expect(out).toContain("the first: POST /v1/x, request 0: lacks text 1 of 1");
    expect(out).not.toContain("张三");
  });

  test("1: refused ones, with what to do about it", async () => {
    const { exit, out, err } = await run([...QUICK, "--url", await serve(429, "FOUND")]);
    expect([exit, out.includes("refused with 429")]).toEqual([1, true]);
    expect(err).toContain("perMinute");
  });

  test("the result as JSON, and nothing else", async () => {
    const { exit, out } = await run([...QUICK, "--url", await serve(200, "FOUND"), "--json"]);
    expect([exit, readRun(out).measurements[0]?.scenario]).toEqual([0, "requests.ndjson"]);
  });

  test("64: wrong usage, 65 and 66: files", async () => {
    const broken = join(home, "broken.json");
    writeFileSync(broken, '{"version":2}');
    expect(await run([])).toMatchObject({ exit: 64, out: "", err: expect.stringContaining("--scenario SCENARIO") });
    expect(await run([...QUICK, "--compare", broken])).toMatchObject({ exit: 65 });
    expect(await run([...QUICK, "--compare", join(home, "none.json")])).toMatchObject({ exit: 66 });
  });

  test("69: nobody answers", async () => {
    const url = await serve(200, "FOUND");
    await open.pop()?.close();
    const { exit, err } = await run([...QUICK, "--url", url]);
    expect([exit, err.includes(`${url} does not answer (ECONNREFUSED)`)]).toEqual([69, true]);
  });

  test("--help", async () => {
    expect(await run(["--help"])).toMatchObject({ exit: 0, err: "", out: expect.stringContaining("Exit status") });
  });
});

describe("progress", () => {
  const planned = { seconds: 10, warmUpSeconds: 2 };
  const at = (seconds: number) => ({ seconds, answers: 100, perSecond: 2143.4, p99: 31.2, faults: 0 });

  test("the warm-up and the measurement have a bar each", () => {
    expect(barLine(planned, at(-1))).toBe("预热 warming up ████████████░░░░░░░░░░░░  50%");
    expect(barLine(planned, at(5))).toBe("测量 measuring  ████████████░░░░░░░░░░░░  50%  2,143/s  p99 31 ms  0 faults");
    expect(barLine(planned, at(12))).toContain("100%");
  });

  test("a bar is written over on a terminal alone; else there is a line now and then, beside the result", () => {
    for (const isTerminal of [true, false]) {
      const said = { out: "", err: "" };
      const progress = showBench(planned, {
        stdout: (text) => void (said.out += text),
        stderr: (text) => void (said.err += text),
        isTerminal,
        env: {},
      });
      for (let second = -2; second <= 10; second += 0.5) progress.reached(at(second));
      progress.stop();
      if (isTerminal) expect([said.out.endsWith("\r"), said.err]).toEqual([true, ""]);
      else expect([said.out, said.err.trim().split("\n").length]).toEqual(["", 2]);
    }
  });
});
