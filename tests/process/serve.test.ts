import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DemoAnswer } from "#certs/issue/demo.ts";
import { type Serving, startServing } from "./serving.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const OFD = { "content-type": "application/ofd" };

let data: string;
/** Another data directory: each has one gateway at a time. */
let elsewhere: string;
let serving: Serving;
/** The same trust, without the demo's regions. */
let alone: { readonly TONGYAN_TRUST: string };

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "tongyan-"));
  elsewhere = mkdtempSync(join(tmpdir(), "tongyan-"));
  alone = { TONGYAN_TRUST: join(data, "demo", "trust") };
  serving = await startServing({ TONGYAN_DATA: data });
});
afterAll(async () => {
  await serving.end("SIGKILL");
  // The regions of a demo that was killed take a moment to end.
  for (const each of [data, elsewhere]) rmSync(each, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

type Answered = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

async function verify(url: string, file: string): Promise<Answered> {
  const body = readFileSync(join(data, "demo", file));
  const response = await fetch(`${url}/v1/verifications`, { method: "POST", body, headers: OFD });
  return { status: response.status, body: (await response.json()) as Answered["body"] };
}

const demoFiles = (): readonly DemoAnswer[] =>
  (JSON.parse(readFileSync(join(data, "demo", "index.json"), "utf8")) as { files: DemoAnswer[] }).files;

test("every demo licence gets the verdict and the reason that the index names", async () => {
  for (const { name, verdict, reason } of demoFiles()) {
    const { status, body } = await verify(serving.url, name);
    expect([name, status, body["verdict"]]).toEqual([name, verdict === "REFUSED" ? 422 : 200, verdict]);
    if (verdict === "REFUSED") expect(body["code"]).toBe(reason);
    else if (reason !== null) expect(JSON.stringify(body["answers"])).toContain(`"${reason}"`);
  }
});

test("answered exchanges can be read again, refused ones too", async () => {
  const report = await verify(serving.url, "realestate-v4.ofd");
  const refused = await verify(serving.url, "bad-truncated.ofd");
  const read = async (id: unknown) => (await fetch(`${serving.url}/v1/exchanges/${String(id)}`)).json();
  expect(await read(report.body["id"])).toMatchObject({
    record: { outcome: { result: "PASSED" }, report: report.body },
  });
  expect(await read(refused.body["exchange"])).toMatchObject({
    record: { outcome: { result: "REFUSED", code: "ZIP_MALFORMED" } },
  });
});

test("a natural person's name leaves neither in the answer, nor in the record, nor in the log", async () => {
  const { body } = await verify(serving.url, "realestate-v4.ofd");
  const record = await (await fetch(`${serving.url}/v1/exchanges/${String(body["id"])}`)).text();
  expect(JSON.stringify(body) + record + serving.logged()).not.toContain("张三");
});

test("a hundred at once, good and bad, each get their own verdict", async () => {
  const files = demoFiles();
  const asked = Array.from({ length: 100 }, (_, at) => files[at % files.length]).filter((file) => file !== undefined);
  const answered = await Promise.all(asked.map(({ name }) => verify(serving.url, name)));
  expect(answered.map(({ body }) => body["verdict"])).toEqual(asked.map(({ verdict }) => verdict));
});

test("it is ready, and the trust snapshot that it uses is kept for replays", async () => {
  const ready = (await (await fetch(`${serving.url}/health/ready`)).json()) as Answered["body"];
  expect(ready).toMatchObject({ status: "ready" });
  const { body } = await verify(serving.url, "realestate-v4.ofd");
  const { snapshot } = body["trust"] as { snapshot: string };
  expect(readdirSync(join(data, "snapshots"))).toContain(`${snapshot.replace("sha256:", "")}.json`);
  const report = join(data, "report.json");
  writeFileSync(report, JSON.stringify(body));
  const replay = ["gateway/main.ts", "verify", join(data, "demo", "realestate-v4.ofd"), "--replay", report];
  const { status } = spawnSync(process.execPath, replay, { cwd: ROOT, env: { TONGYAN_DATA: data } });
  expect(status).toBe(0);
});

/** npm itself is slow and may not be there. */
const inThisCheckout = (command: string): string =>
  command.replaceAll("npm run -s tongyan --", `${process.execPath} gateway/main.ts`);

describe("what it prints at its start", () => {
  test("fits on one screen, without colour in a pipe", () => {
    const lines = serving.printed().split("\n");
    expect(lines.length).toBeLessThan(50);
    expect(serving.printed()).not.toContain("\u001B");
  });

  test("are commands that work, with the verdict that stands above each", () => {
    const lines = serving.printed().split("\n");
    const samples = lines.flatMap((line, at) =>
      line.includes(".ofd --trust") ? [[lines[at - 1], line] as const] : [],
    );
    const codes: Readonly<Record<string, number>> = { PASSED: 0, FAILED: 1, INDETERMINATE: 2, REFUSED: 3 };
    const single = samples.filter(([, command]) => !command.includes("*"));
    expect(single).toHaveLength(3);
    for (const [expected = "", command] of single) {
      const verdict = expected.trim().split(" ")[0] ?? "";
      const { status } = spawnSync("sh", ["-c", inThisCheckout(command)], { cwd: ROOT });
      expect([command, status]).toEqual([command, codes[verdict]]);
    }
  });

  test("are calls to the three regions, with what must come of each", () => {
    const lines = serving.printed().split("\n");
    const calls = lines.flatMap((line, at) =>
      line.includes("/requests/") && !line.includes("answer.json")
        ? [[(lines[at - 1] ?? "").trim().split(" ")[0] ?? "", line] as const]
        : [],
    );
    expect(calls).toHaveLength(6);
    for (const [expected, command] of calls) {
      const answer: { outcome?: string; code?: string } = JSON.parse(
        execFileSync("sh", ["-c", inThisCheckout(command)], { cwd: ROOT, encoding: "utf8" }),
      );
      expect([command, answer.outcome ?? answer.code]).toEqual([command, expected]);
    }
  });

  test("a receipt that holds, and a log that does", () => {
    const [shown = ""] = /Every exchange leaves evidence:[^]*/.exec(serving.printed()) ?? [];
    const commands = shown.split("\n").filter((line) => /^ {2}(?:curl|npm) /.test(line));
    expect(commands).toHaveLength(4);
    const said = commands.map((command) =>
      execFileSync("sh", ["-c", inThisCheckout(command)], { cwd: ROOT, encoding: "utf8" }),
    );
    expect(said.slice(0, 2)).toEqual(["", ""]);
    expect(said[2]).toContain("回执成立 THE RECEIPT HOLDS");
    expect(said[2]?.match(/已证实 proven/g)).toHaveLength(3);
    expect(said[3]).toContain("日志完整 ALL HOLDS");
    for (const line of ["回执成立 THE RECEIPT HOLDS", "日志完整 ALL HOLDS"]) expect(shown).toContain(line);
  });

  test("the register is asked where it is named, and knows better", () => {
    const [, call = ""] = /(curl [^\n]*\\\n[^\n]*resource=[^\n]*)/.exec(serving.printed()) ?? [];
    const report = JSON.parse(execFileSync("sh", ["-c", inThisCheckout(call)], { cwd: ROOT, encoding: "utf8" }));
    expect(report).toMatchObject({ verdict: "FAILED", answers: { status: { code: "LICENCE_CANCELLED" } } });
  });

  test("and so does the one over HTTP", () => {
    const curl =
      serving
        .printed()
        .split("\n")
        .find((line) => line.includes("curl ")) ?? "";
    expect(JSON.parse(execFileSync("sh", ["-c", curl], { encoding: "utf8" }))).toMatchObject({ verdict: "PASSED" });
  });
});

describe("ending and starting again", () => {
  test("SIGTERM lets exchanges under way finish, and ends with 0", async () => {
    const other = await startServing({ TONGYAN_DATA: elsewhere, ...alone });
    const underWay = Array.from({ length: 20 }, () => verify(other.url, "realestate-v4.ofd"));
    await Promise.race(underWay);
    const ended = other.end("SIGTERM");
    const answered = await Promise.allSettled(underWay);
    expect(await ended).toBe(0);
    // One that had not been accepted yet is turned away whole; none is broken off half-way.
    const served = answered.filter((each) => each.status === "fulfilled");
    expect(served.length).toBeGreaterThan(0);
    for (const each of served) expect(each.value.body["verdict"]).toBe("PASSED");
    await expect(fetch(`${other.url}/health/live`)).rejects.toThrow();
  });

  test("kill -9: every exchange that was answered is on record", async () => {
    const doomed = await startServing({ TONGYAN_DATA: elsewhere, ...alone });
    const ids: string[] = [];
    const ask = async (): Promise<never> => {
      for (;;) ids.push(String((await verify(doomed.url, "bad-page-changed.ofd")).body["id"]));
    };
    const asking = Promise.allSettled(Array.from({ length: 8 }, ask));
    while (ids.length < 60) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await doomed.end("SIGKILL")).toBe("SIGKILL");
    await asking;
    const again = await startServing({ TONGYAN_DATA: elsewhere, ...alone });
    for (const id of ids) expect((await fetch(`${again.url}/v1/exchanges/${id}`)).status).toBe(200);
    expect(await again.end("SIGTERM")).toBe(0);
  });
});

describe("what keeps it from starting is said in one line", () => {
  test.each([
    [{ TONGYAN_PORT: "eighty" }, "TONGYAN_PORT"],
    [{ TONGYAN_TRUST: "/no/such/directory" }, "/no/such/directory"],
    [{ TONGYAN_POLICIES: "/no/such/directory" }, "TONGYAN_POLICIES: /no/such/directory"],
    [{ TONGYAN_POLICIES: fileURLToPath(new URL(".", import.meta.url)) }, "TONGYAN_POLICIES"],
    [{ TONGYAN_SEED: fileURLToPath(import.meta.url) }, "TONGYAN_SEED"],
    [{ TONGYAN_DATA: fileURLToPath(import.meta.url) }, "TONGYAN_DATA"],
  ])("%j", async (environment, names) => {
    const failed = startServing({ TONGYAN_DATA: elsewhere, ...environment });
    await expect(failed).rejects.toThrow(names);
    await expect(failed).rejects.not.toThrow("    at ");
  });

  test("a port that is taken", async () => {
    const port = new URL(serving.url).port;
    const failed = startServing({ TONGYAN_DATA: elsewhere, ...alone, TONGYAN_PORT: port });
    await expect(failed).rejects.toThrow("EADDRINUSE");
  });

  test("a data directory that another gateway has", async () => {
    const failed = startServing({ TONGYAN_DATA: data, ...alone });
    await expect(failed).rejects.toThrow(`serve ended with 78: tongyan: TONGYAN_DATA: ${join(data, "log")} is in use`);
    expect((await fetch(`${serving.url}/health/live`)).status).toBe(200);
  });

  test("a log that was tampered with", async () => {
    const checkpoint = join(elsewhere, "log", "checkpoint");
    const before = readFileSync(checkpoint);
    writeFileSync(checkpoint, before.toString().replace(/\n(\d+)\n/, "\n1$1\n"));
    const failed = startServing({ TONGYAN_DATA: elsewhere, ...alone });
    await expect(failed).rejects.toThrow(`serve ended with 1: tongyan: ${checkpoint}: `);
    writeFileSync(checkpoint, before);
    expect(await (await startServing({ TONGYAN_DATA: elsewhere, ...alone })).end("SIGTERM")).toBe(0);
  });
});

describe("the launcher", () => {
  const launcher = join(ROOT, "bin", "tongyan.js");

  test("runs commands and passes their exit status on", () => {
    const good = spawnSync(process.execPath, [launcher, "help"], { encoding: "utf8" });
    expect([good.status, good.stdout]).toEqual([0, expect.stringContaining("tongyan verify FILE")]);
    const bad = spawnSync(process.execPath, [launcher, "verfy"], { encoding: "utf8" });
    expect([bad.status, bad.stderr]).toEqual([64, expect.stringContaining("unknown command verfy")]);
  });
});
