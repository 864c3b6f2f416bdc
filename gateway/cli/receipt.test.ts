import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { testBody, TestLog } from "#gateway/log/test-log.ts";
import { receiptCommand } from "./receipt.ts";

const home = mkdtempSync(join(tmpdir(), "tongyan-receipt-command-"));
afterAll(() => rmSync(home, { recursive: true }));
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(home, name), content);
  return join(home, name);
}

const log = new TestLog(40);
const RECEIPT = file("7.tlog-proof", log.receipt(7));
const KEYS = file("log.keys", `${log.vkeys.join("\n")}\n`);
const WITNESS = log.witness.vkey;

function run(...argv: readonly string[]) {
  const out = { stdout: "", stderr: "" };
  const exit = receiptCommand(argv, {
    stdout: (text) => void (out.stdout += text),
    stderr: (text) => void (out.stderr += text),
    isTerminal: false,
    env: {},
  });
  return { exit, ...out };
}

describe("a receipt that holds", () => {
  test("says in two languages what is proven, and what was not looked at", () => {
    const { exit, stdout, stderr } = run("verify", RECEIPT, "--key", KEYS);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("✔ 回执成立 THE RECEIPT HOLDS");
    expect(stdout).toContain("7  共 40 条 of 40 entries");
    expect(stdout).toContain("2025-11-21 16:00 UTC+8  2025-11-21T08:00:07.000Z");
    for (const line of ["Ed25519", "SM2", "1 more signatures, not checked", "not given (--request FILE)"])
      expect(stdout).toContain(line);
    expect(stdout).toContain("已证实 proven  lookup FOUND");
  });

  test("with keys as text, a witness, the request and the answer", () => {
    const [ed25519 = "", sm2 = ""] = log.vkeys;
    const keys = ["--key", ed25519, "--key", sm2, "--witness", WITNESS];
    const contents = ["--request", file("request", testBody(7)), "--answer", file("answer", log.entry(7).answer)];
    const { exit, stdout } = run("verify", RECEIPT, ...keys, ...contents);
    expect(exit).toBe(0);
    expect(stdout).toContain("witness.example/1  2025-11-21 16:01 UTC+8");
    expect(stdout.match(/已证实 proven/g)).toHaveLength(3);
    expect(stdout).not.toContain("not checked");
  });

  test("as JSON", () => {
    const { exit, stdout } = run("verify", RECEIPT, "--key", KEYS, "--json");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: RECEIPT,
      holds: true,
      code: null,
      proven: { index: 7, size: 40 },
    });
  });

  test("without content says so", () => {
    const { exit, stdout } = run("verify", file("erased", log.receipt(7, { content: "erased" })), "--key", KEYS);
    expect(exit).toBe(0);
    expect(stdout).toContain("no content: erased, or left out");
  });
});

describe("a receipt that does not hold", () => {
  const moved = file("moved", log.receipt(7).replace("index 7", "index 8"));

  test("says why, with its code", () => {
    const { exit, stdout } = run("verify", moved, "--key", KEYS);
    expect(exit).toBe(1);
    expect(stdout).toContain("✘ 回执不成立 THE RECEIPT DOES NOT HOLD");
    expect(stdout).toContain("条目位置被改动。The index was changed: the proof is of another place.  INDEX_MOVED");
  });

  test("as JSON", () => {
    const { exit, stdout } = run("verify", moved, "--key", KEYS, "--json");
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ holds: false, code: "INDEX_MOVED", proven: null });
  });

  test("whatever it holds cannot act on the terminal", () => {
    const evil = log.receipt(7).replace(`\n${log.origin}\n`, "\n\u202Eevil\u202C.example\n");
    const { exit, stdout } = run("verify", file("evil", evil), "--key", KEYS);
    expect(exit).toBe(1);
    expect(stdout).not.toContain("\u202E");
    expect(stdout).toContain("<U+202E>");
  });

  test("of another request", () => {
    const { exit, stdout } = run("verify", RECEIPT, "--key", KEYS, "--request", file("other", testBody(8)));
    expect(exit).toBe(1);
    expect(stdout).toContain("REQUEST_CHANGED");
  });
});

describe("what cannot be read is neither", () => {
  mkdirSync(join(home, "directory"));
  test.each([
    ["a receipt that is not there", ["verify", join(home, "none"), "--key", KEYS]],
    ["a directory", ["verify", join(home, "directory"), "--key", KEYS]],
    ["keys that are not there", ["verify", RECEIPT, "--key", join(home, "none")]],
    ["a request that is not there", ["verify", RECEIPT, "--key", KEYS, "--request", join(home, "none")]],
    ["an answer that is not there", ["verify", RECEIPT, "--key", KEYS, "--answer", join(home, "none")]],
  ])("%s", (_, argv) => {
    const { exit, stdout, stderr } = run(...argv);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("无法读取 cannot be read");
  });
});

describe("wrong usage", () => {
  test("no key: says where there is one", () => {
    const { exit, stdout, stderr } = run("verify", RECEIPT);
    expect([exit, stdout]).toEqual([64, ""]);
    expect(stderr).toContain("GET /log/keys");
    expect(stderr).toContain("https://GATEWAY/log/keys");
  });

  test.each([
    ["nothing", []],
    ["another word", ["check", RECEIPT, "--key", KEYS]],
    ["no file", ["verify", "--key", KEYS]],
    ["two files", ["verify", RECEIPT, RECEIPT, "--key", KEYS]],
    ["an unknown option", ["verify", RECEIPT, "--key", KEYS, "--trust", "all"]],
    [
      "a key with a wrong key ID",
      ["verify", RECEIPT, "--key", (log.vkeys[0] ?? "").replace(/\+[0-9a-f]{8}\+/, "+00000000+")],
    ],
    ["a file without keys", ["verify", RECEIPT, "--key", file("empty", "\n")]],
    ["a file with something else", ["verify", RECEIPT, "--key", RECEIPT]],
    ["a witness's key as the log's", ["verify", RECEIPT, "--key", WITNESS]],
    ["the log's key as a witness's", ["verify", RECEIPT, "--key", KEYS, "--witness", log.vkeys[0] ?? ""]],
  ])("%s", (_, argv) => {
    const { exit, stdout, stderr } = run(...argv);
    expect([exit, stdout]).toEqual([64, ""]);
    expect(stderr).toContain("tongyan receipt verify FILE --key KEY");
  });

  test("help", () => {
    expect(run("--help")).toMatchObject({ exit: 0, stderr: "" });
  });
});
