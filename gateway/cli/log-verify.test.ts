import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { httpLog } from "#gateway/log/audit/http-log.ts";
import { TestLog } from "#gateway/log/test-log.ts";
import { writeTestLog } from "#gateway/log/test-log-directory.ts";
import { countLine, showCount } from "./log-progress.ts";
import { logCommand } from "./log.ts";
import { prefixOf } from "./log-verify.ts";

const log = new TestLog(300);
const home = mkdtempSync(join(tmpdir(), "tongyan-log-command-"));
afterAll(() => rmSync(home, { recursive: true }));
const KEYS = join(home, "log.keys");
writeFileSync(KEYS, log.vkeys.join("\n"));

const EMPTY = Buffer.alloc(0);
let data: string;
const closing: (() => void)[] = [];
beforeEach(() => {
  data = mkdtempSync(join(home, "data-"));
  writeTestLog(log, join(data, "log"));
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function run(...argv: readonly string[]) {
  const out = { stdout: "", stderr: "" };
  const exit = await logCommand(argv, {
    stdout: (text) => void (out.stdout += text),
    stderr: (text) => void (out.stderr += text),
    isTerminal: false,
    env: {},
  });
  return { exit, ...out };
}
function flip(path: string): void {
  const bytes = readFileSync(join(data, "log", path));
  const at = (bytes.length >> 1) + 9;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(join(data, "log", path), bytes);
}

type Serve = (request: IncomingMessage, response: ServerResponse) => void;
async function listen(serve: Serve): Promise<string> {
  const server = createServer(serve);
  closing.push(
    () => void server.closeAllConnections(),
    () => void server.close(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const files: Serve = (request, response) => {
  const file = join(data, request.url ?? "");
  if (existsSync(file)) response.end(readFileSync(file));
  else response.writeHead(404).end();
};

describe("a directory", () => {
  test("that holds, in one line and what is to be known beside it", async () => {
    const { exit, stdout, stderr } = await run("verify", data, "--key", KEYS);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n")[0]).toBe(
      `✔ 日志完整 ALL HOLDS  ${data}  300 条 entries, 签名 signed by Ed25519 + SM2, 索引 index 300`,
    );
    expect(stdout).not.toContain("own word");
  });

  test("without keys of ours it is only shown to agree with itself", async () => {
    const { exit, stdout } = await run("verify", join(data, "log"));
    expect(exit).toBe(0);
    expect(stdout).toContain("give --key to rely on them");
  });

  test("that was changed: where, and how, in one line", async () => {
    flip("tile/entries/000");
    const { exit, stdout } = await run("verify", data, "--key", KEYS);
    expect(exit).toBe(1);
    expect(stdout).toMatch(
      /^✘ 日志有误 THE LOG IS BROKEN {2}\S+ {2}tile\/entries\/000, 条目 entry 12\d, 层 level 0: 条目被改动。An entry was changed\. {2}ENTRY_CHANGED {2}.*\n$/,
    );
  });

  test("that was changed, as JSON", async () => {
    flip("tile/0/000");
    const { exit, stdout } = await run("verify", data, "--json");
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ holds: false, code: "TILE_CHANGED", place: { level: 0, entry: 128 } });
  });

  test("whose index was changed", async () => {
    flip("index.sqlite");
    const { exit, stdout } = await run("verify", data, "--key", KEYS);
    expect(exit).toBe(1);
    expect(stdout).toContain("INDEX_");
  });

  test("whose index is no database", async () => {
    writeFileSync(join(data, "log", "index.sqlite"), "x".repeat(4096));
    expect(await run("verify", data)).toMatchObject({ exit: 1, stdout: expect.stringContaining("INDEX_UNREADABLE") });
  });

  test("of another log than the keys", async () => {
    const { exit, stdout } = await run("verify", data, "--key", new TestLog(1).vkeys[0] ?? "");
    expect(exit).toBe(1);
    expect(stdout).toContain("CHECKPOINT_NOT_SIGNED");
  });
});

describe("a URL", () => {
  test.each(["", "/", "/log", "/log/"])("with %j behind its host", async (path) => {
    const { exit, stdout } = await run("verify", `${await listen(files)}${path}`, "--key", KEYS);
    expect(exit).toBe(0);
    expect(stdout).toContain("300 条 entries");
    expect(stdout).toContain("only the public half was checked");
  });

  test("takes the keys from the log, when there are none", async () => {
    expect((await run("verify", await listen(files))).stdout).toContain("give --key to rely on them");
  });

  test("a partial tile that is gone is read out of the full one", async () => {
    const grown = new TestLog(512);
    grown.tiles.put([
      { path: "tile/1/000.p/1", bytes: (grown.tiles.files.get("tile/1/000.p/2") ?? EMPTY).subarray(0, 32) },
    ]);
    rmSync(join(data, "log/tile"), { recursive: true });
    writeTestLog(grown, join(data, "log"), "public");
    // Of an earlier size, while tile and bundle have become full.
    writeFileSync(join(data, "log/checkpoint"), grown.checkpoint(300));
    expect(await run("verify", await listen(files))).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining("300 条"),
    });
  });

  test("a changed byte is found over the network too", async () => {
    flip("tile/entries/000");
    const { exit, stdout } = await run("verify", await listen(files), "--key", KEYS);
    expect([exit, stdout]).toEqual([1, expect.stringContaining("ENTRY_CHANGED")]);
  });

  test.each<[string, Serve, RegExp]>([
    ["answers 500", (_, response) => response.writeHead(500).end(), /answers 500/],
    ["redirects", (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(), /answers 302/],
    [
      "breaks off",
      (_, response) => void response.writeHead(200, { "content-length": "99" }).write("x", () => response.destroy()),
      /cannot be fetched/,
    ],
    ["hangs up", (request) => void request.socket.destroy(), /cannot be fetched/],
  ])("that %s cannot be looked at, which says nothing about the log", async (_, serve, said) => {
    const { exit, stdout, stderr } = await run("verify", await listen(serve), "--key", KEYS);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(said);
  });

  test("without end is not read to its end", async () => {
    const url = await listen((request, response) => {
      if (!request.url?.endsWith("checkpoint")) return files(request, response);
      response.on("error", () => {});
      const more = (): void =>
        void (response.destroyed || response.write(Buffer.alloc(65_536, "x"), () => setImmediate(more)));
      more();
    });
    const { exit, stdout } = await run("verify", url, "--key", KEYS);
    expect([exit, stdout.includes("CHECKPOINT_MALFORMED")]).toEqual([1, true]);
  });

  test("that never answers is given up", async () => {
    const source = httpLog(await listen(() => {}), 50);
    await expect(source.checkpoint()).rejects.toMatchObject({ name: "LogUnreadError" });
    await source.close();
  });

  test("nobody listens", async () => {
    expect(await run("verify", "http://127.0.0.1:1", "--key", KEYS)).toMatchObject({ exit: 2, stdout: "" });
  });

  test("a gateway's address stands for its log", () => {
    expect(prefixOf("https://a.example")).toBe("https://a.example/log");
    expect(prefixOf("https://a.example/t/log")).toBe("https://a.example/t/log");
  });
});

describe("wrong usage", () => {
  test.each([
    [[]],
    [["check", "x"]],
    [["verify"]],
    [["verify", "a", "b"]],
    [["verify", "a", "--trust", "all"]],
    [["verify", "http://user:secret@a.example"]],
    [["reconcile", "a"]],
    [["reconcile", "a", "b", "c"]],
  ])("%j", async (argv) => {
    const { exit, stdout, stderr } = await run(...argv);
    expect([exit, stdout]).toEqual([64, ""]);
    expect(stderr).toContain("tongyan log verify DIR|URL");
  });

  test("a directory that is not there, or holds no log", async () => {
    expect(await run("verify", join(home, "none"))).toMatchObject({ exit: 2, stdout: "" });
    expect(await run("verify", home)).toMatchObject({ exit: 2, stdout: "" });
  });

  test("help", async () => {
    expect(await run("--help")).toMatchObject({ exit: 0, stderr: "" });
    expect(await run("verify", "--help")).toMatchObject({ exit: 0, stderr: "" });
  });
});

describe("progress", () => {
  test("is a bar with numbers", () => {
    expect(countLine("核验 checking", 2_500_000, 10_000_000)).toBe(
      "核验 checking ██████░░░░░░░░░░░░░░░░░░  25%  2,500,000 / 10,000,000",
    );
    expect(countLine("x", 0, 0)).toContain("100%");
  });

  test("shows on a terminal only, and only for what takes a while; and is taken away", () => {
    const shown = (isTerminal: boolean, total: number): string => {
      let text = "";
      const progress = showCount("x", { stdout: (more) => void (text += more), stderr: () => {}, isTerminal, env: {} });
      progress.reached(1, total);
      progress.reached(2, total);
      progress.stop();
      return text;
    };
    expect(shown(true, 1_000_000)).toMatch(/^\rx ░+ +0% {2}1 \/ 1,000,000\r +\r$/);
    expect([shown(false, 1_000_000), shown(true, 100)]).toEqual(["", ""]);
  });
});
