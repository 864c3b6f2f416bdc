import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SHIPPED_SET } from "#policies/policies.ts";
import { SHIPPED_CASES } from "#policies/policy-case.ts";
import { policyCommand } from "./policy.ts";

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), "tongyan-policy-"))));
afterAll(() => rmSync(directory, { recursive: true }));

function run(...argv: string[]) {
  let [stdout, stderr] = ["", ""];
  const exit = policyCommand(argv, {
    stdout: (text) => (stdout += text),
    stderr: (text) => (stderr += text),
    isTerminal: false,
    env: {},
  });
  return { exit, stdout, stderr };
}

const example = (name: string): string => join(SHIPPED_CASES, `${name}.json`);

/** The shipped set with one text changed. */
function changedSet(name: string, file: string, from: string, to: string): string {
  const set = join(directory, name);
  cpSync(SHIPPED_SET, set, { recursive: true });
  const text = readFileSync(join(set, file), "utf8");
  expect(text).toContain(from);
  writeFileSync(join(set, file), text.replace(from, to));
  return set;
}

describe("tongyan policy test", () => {
  test("the shipped policies do as their cases say", () => {
    const { exit, stdout, stderr } = run("test");
    expect(stdout).toMatch(/^✔ \d+ 个用例全部符合。All \d+ cases come out as they should\.\n$/);
    expect([exit, stderr]).toEqual([0, ""]);
  });

  test("a wrong policy: each case that comes out otherwise, what was expected and what came", () => {
    const set = changedSet("closed", "4-purpose.cedar", 'CaseState::"closed"', 'CaseState::"open"');
    const { exit, stdout } = run("test", "--set", set, SHIPPED_CASES);
    expect(exit).toBe(1);
    expect(stdout).toContain("✘ deny/case-closed.json  The same case after it was closed.");
    expect(stdout).toMatch(/reasons +应为 expected CASE_CLOSED，实为 came NO_RULE_PERMITS\n/);
    expect(stdout).toMatch(/effect +应为 expected permit，实为 came deny\n/);
    expect(stdout).toMatch(/✘ \d+ 个用例中有 \d+ 个不符。\d+ of \d+ cases do not\.\n$/);
  });

  test("a set or cases that cannot be used", () => {
    const set = changedSet(
      "broken",
      "7-items.cedar",
      '@treatment("generalise:county")',
      '@treatment("generalise:street")',
    );
    expect(run("test", "--set", set)).toEqual({
      exit: 78,
      stdout: "",
      stderr:
        'tongyan policy: 7-items.cedar, rule search-to-county: @treatment("generalise:street") is not understood\n',
    });
    expect(run("test", "--set", join(directory, "nowhere"))).toMatchObject({ exit: 78, stdout: "" });
    expect(run("test", join(directory, "nowhere"))).toMatchObject({ exit: 65, stdout: "" });
  });
});

describe("tongyan policy explain", () => {
  test("a lookup: rule, law, fields, duties", () => {
    const { exit, stdout } = run("explain", example("allow/real-estate-for-search"));
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^✔ 允许 PERMIT {2}lookup · real-estate-certificate · MNR-1161-02 · anhui-window\n/);
    expect(stdout).toContain("GRANTED  lookup-under-grant (3-sharing.cedar)");
    expect(stdout).toContain("有效授权允许为办件查询该数据资源。");
    expect(stdout).toContain("依据 basis：政务数据共享条例第十四条");
    expect(stdout).toMatch(/ location +generalise:county +mask-personal, search-to-county\n/);
    expect(stdout).toMatch(/ mortgaged +match-only +match-sensitive-states\n/);
    expect(stdout).toMatch(/额度 quota grant-1, 1000 a day; 水印 watermark; 通知 notify provider\n/);
  });

  test("a denial: every rule, in both languages", () => {
    const { exit, stdout } = run("explain", example("deny/all-told-at-once"));
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^✘ 拒绝 DENY/);
    for (const code of ["BODY_UNSIGNED", "ITEM_NAME_MISMATCH", "CASE_CLOSED", "GRANT_MISSING"]) {
      expect(stdout).toContain(code);
    }
    expect(stdout).toContain("该办件已办结，不能再为其使用数据。");
    expect(stdout).toContain("The case is closed; no more data is used for it.");
    expect(stdout).not.toContain("义务");
  });

  test("what nothing permits, and a field that waits for approval", () => {
    expect(run("explain", example("deny/verify-remote")).stdout).toContain("NO_RULE_PERMITS  default");
    expect(run("explain", example("allow/important-awaits-approval")).stdout).toMatch(
      / spouseName +mask:name\+approval +mask-sensitive, second-approver-for-important\n/,
    );
  });

  test("a request of its own, which may hold anything", () => {
    const file = join(directory, "request.json");
    const { request } = JSON.parse(readFileSync(example("deny/verify-remote"), "utf8")) as {
      request: { principal: object };
    };
    writeFileSync(
      file,
      JSON.stringify({ ...request, principal: { ...request.principal, client: "\u001B[31mred\u202E" } }),
    );
    const { exit, stdout } = run("explain", file);
    expect(exit).toBe(0);
    expect(stdout).toContain("<U+001B>[31mred<U+202E>");
    expect(stdout).not.toContain("\u001B");
    writeFileSync(file, JSON.stringify({ ...request, colour: 1 }));
    expect(run("explain", file)).toMatchObject({ exit: 65, stdout: "" });
    writeFileSync(file, "{");
    expect(run("explain", file).stderr).toContain("it is not JSON");
  });
});

describe("the command line", () => {
  test.each([[], ["explain"], ["check"], ["test", "a", "b"], ["explain", "a", "b"], ["test", "--sett", "x"]])(
    "%j %j is explained",
    (...argv) => {
      const { exit, stdout, stderr } = run(...argv);
      expect([exit, stdout]).toEqual([64, ""]);
      expect(stderr).toContain("tongyan policy explain REQUEST.json");
    },
  );

  test("--help", () => {
    expect(run("--help")).toMatchObject({ exit: 0, stderr: "" });
    expect(run("test", "-h").stdout).toContain("Exit status");
  });
});
