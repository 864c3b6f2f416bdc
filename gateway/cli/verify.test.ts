import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDemo } from "#certs/issue/demo.ts";
import { DEFAULT_LIMITS } from "#certs/limits.ts";
import type { HolderResult, RegisterAnswer, RegisterState } from "#certs/register-answer.ts";
import { withRegister } from "#certs/register.ts";
import type { Report } from "#certs/report.ts";
import { trustArchiveName, writeTrustArchive } from "#certs/trust/archive.ts";
import { readTrustDirectory } from "#certs/trust/directory.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";
import { verifyCommand } from "./verify.ts";

const NOW = Date.now();
const demo = makeDemo(NOW);
const home = mkdtempSync(join(tmpdir(), "tongyan-verify-"));
const at = (...names: string[]): string => join(home, ...names);
const licence = (name: string): string => at("licences", name);
const GOOD = licence("realestate-v4.ofd");

function nameOf(verdict: string): string {
  const found = demo.files.find((file) => file.verdict === verdict);
  if (found === undefined) throw new Error(`the demo has no ${verdict} file`);
  return licence(found.name);
}

beforeAll(() => {
  for (const folder of ["licences", "trust", "empty"]) mkdirSync(at(folder));
  for (const { name, bytes } of demo.files) writeFileSync(licence(name), bytes);
  for (const { name, bytes } of demo.trust) writeFileSync(at("trust", name), bytes);
});
afterAll(() => rmSync(home, { recursive: true }));

type Env = Record<string, string>;
type Said = { readonly exit: number; readonly out: string; readonly err: string };

async function run(argv: readonly string[], env: Env = {}, isTerminal = false): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const io = { stdout: (text: string) => out.push(text), stderr: (text: string) => err.push(text), isTerminal, env };
  const exit = await verifyCommand(argv, io);
  return { exit, out: out.join(""), err: err.join("") };
}
const TRUSTED: Env = { TONGYAN_TRUST: at("trust"), TONGYAN_DATA: at("empty") };
const json = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("verdicts", () => {
  test.each(demo.files.map(({ name, verdict, reason }) => ({ name, verdict, reason })))(
    "$name: $verdict $reason",
    async ({ name, verdict, reason }) => {
      const { exit, out, err } = await run([licence(name), "--json"], TRUSTED);
      const [line] = json(out);
      expect(line).toMatchObject({ file: licence(name), verdict });
      expect(Object.keys(line ?? {})[0]).toBe("file");
      expect(exit).toBe(["PASSED", "FAILED", "INDETERMINATE", "REFUSED"].indexOf(verdict));
      expect(err).toBe("");
      if (verdict === "REFUSED") expect(line).toMatchObject({ code: reason, summary: { zh: expect.any(String) } });
    },
  );

  test("the worst of several, a line each, and a count", async () => {
    const files = demo.files.map(({ name }) => licence(name));
    const { exit, out } = await run(files, TRUSTED);
    expect(exit).toBe(3);
    for (const file of files) expect(out).toContain(file);
    expect(out).toContain(`共 ${files.length} 个文件 files:`);
    expect((await run([GOOD, nameOf("FAILED")], TRUSTED)).exit).toBe(1);
  });

  test("personal data is masked, for people and machines", async () => {
    for (const options of [[], ["--json"]]) {
      const { out } = await run([GOOD, ...options], TRUSTED);
      expect(out).toContain("张*");
      expect(out).not.toContain("张三");
      expect(out).not.toMatch(/11010519491231002X/i);
    }
  });

  test("another time gives another answer", async () => {
    expect((await run([GOOD, "--at", "2001-01-01"], TRUSTED)).exit).not.toBe(0);
  });

  test("the strict policy wants proven times", async () => {
    const { exit, out } = await run([GOOD, "--json", "--policy", "strict"], TRUSTED);
    expect(json(out)[0]).toMatchObject({ verdict: "INDETERMINATE", trust: { policy: "strict" } });
    expect(exit).toBe(2);
  });
});

describe("trust", () => {
  test("--trust goes before TONGYAN_TRUST", async () => {
    const { exit, err } = await run([GOOD, "--trust", at("empty")], TRUSTED);
    expect(exit).toBe(2);
    expect(err).toContain(at("empty"));
  });

  test("the demo's, when nothing is named", async () => {
    mkdirSync(at("data", "demo", "trust"), { recursive: true });
    for (const { name, bytes } of demo.trust) writeFileSync(at("data", "demo", "trust", name), bytes);
    expect((await run([GOOD], { TONGYAN_DATA: at("data") })).exit).toBe(0);
  });

  test("without any, nothing passes and a hint says what to do", async () => {
    const { exit, err } = await run([GOOD], { TONGYAN_DATA: at("empty") });
    expect(exit).toBe(2);
    expect(err).toContain("--trust DIR");
  });

  test("a saved snapshot", async () => {
    writeFileSync(at("saved.json"), writeTrustArchive(readTrustDirectory(at("trust"))));
    expect((await run([GOOD, "--trust", at("saved.json")])).exit).toBe(0);
  });

  test("what cannot be read or used", async () => {
    expect(await run([GOOD, "--trust", at("nowhere")])).toMatchObject({ exit: 66, out: "" });
    writeFileSync(at("broken.json"), "{}");
    expect(await run([GOOD, "--trust", at("broken.json")])).toMatchObject({ exit: 78, out: "" });
    mkdirSync(at("broken"));
    writeFileSync(at("broken", "root.cer"), "no certificate");
    const { exit, err } = await run([GOOD, "--trust", at("broken")]);
    expect(exit).toBe(78);
    expect(err).toContain("root.cer");
  });
});

describe("files", () => {
  test("one that cannot be read is reported, the others are verified", async () => {
    for (const options of [[], ["--json"]]) {
      const { exit, out, err } = await run([licence("missing.ofd"), at("licences"), GOOD, ...options], TRUSTED);
      expect(exit).toBe(66);
      expect(out).toContain("PASSED");
      expect(err).toContain("ENOENT");
      expect(err).toContain("not a regular file");
    }
  });

  test("a file over the limit is refused unread", async () => {
    writeFileSync(at("huge.ofd"), "");
    truncateSync(at("huge.ofd"), DEFAULT_LIMITS.maxBytes + 1);
    const { exit, out } = await run([at("huge.ofd"), "--json"], TRUSTED);
    expect([exit, json(out)]).toMatchObject([3, [{ verdict: "REFUSED", code: "TOO_LARGE" }]]);
  });

  test("a machine gets a line for each", async () => {
    const { out } = await run([licence("missing.ofd"), GOOD, "--json"], TRUSTED);
    expect(json(out)).toMatchObject([
      { file: licence("missing.ofd"), error: "UNREADABLE", detail: "ENOENT" },
      { file: GOOD, verdict: "PASSED" },
    ]);
  });

  test("wrong usage", async () => {
    const { exit, out, err } = await run(["--nope"], TRUSTED);
    expect([exit, out]).toEqual([64, ""]);
    expect(err).toContain("tongyan verify FILE");
    expect(await run(["--help"])).toMatchObject({ exit: 0, err: "" });
  });

  test("colour on a terminal only", async () => {
    expect((await run([GOOD], TRUSTED, true)).out).toContain("\u001B[");
    expect((await run([GOOD], { ...TRUSTED, NO_COLOR: "1" }, true)).out).not.toContain("\u001B");
    expect((await run([GOOD], TRUSTED)).out).not.toContain("\u001B");
  });
});

async function reportOf(file: string, ...options: string[]): Promise<string> {
  const report = at(`report-${Math.random()}.json`);
  writeFileSync(report, (await run([file, "--json", ...options], TRUSTED)).out);
  return report;
}
function changed(report: string, change: (value: Record<string, unknown>) => unknown): string {
  const file = at(`changed-${Math.random()}.json`);
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(report, "utf8")) as Record<string, unknown>)));
  return file;
}

describe("replay", () => {
  test.each(["PASSED", "FAILED"])("a %s report comes out the same, years later", async (verdict) => {
    const report = await reportOf(nameOf(verdict), "--at", new Date(NOW + 86_400_000).toISOString());
    const { exit, out } = await run([nameOf(verdict), "--replay", report], TRUSTED);
    expect(out).toContain("重放一致 SAME");
    expect(exit).toBe(verdict === "PASSED" ? 0 : 1);
    const machine = await run([nameOf(verdict), "--replay", report, "--json"], TRUSTED);
    expect(json(machine.out)).toEqual([
      { file: nameOf(verdict), replay: "same", verdict, register: null, differences: [] },
    ]);
  });

  test("finds its report among several, also laid out as the service answers it", async () => {
    const report = at("several.json");
    writeFileSync(report, (await run([nameOf("REFUSED"), nameOf("FAILED"), GOOD, "--json"], TRUSTED)).out);
    expect((await run([GOOD, "--replay", report], TRUSTED)).exit).toBe(0);
    const pretty = at("pretty.json");
    const answered = { id: "x", exchange: { id: "x" }, ...json((await run([GOOD, "--json"], TRUSTED)).out)[0] };
    writeFileSync(pretty, JSON.stringify(answered, null, 2));
    expect((await run([GOOD, "--replay", pretty], TRUSTED)).exit).toBe(0);
    const exchange = at("exchange.json");
    writeFileSync(exchange, JSON.stringify({ kind: "verification", report: JSON.parse(readFileSync(pretty, "utf8")) }));
    expect((await run([GOOD, "--replay", exchange], TRUSTED)).exit).toBe(0);
  });

  test("takes the snapshot that the service kept when trust has changed since", async () => {
    const report = await reportOf(GOOD);
    const material = readTrustDirectory(at("trust"));
    const { digest } = buildTrustSnapshot(material);
    const env = { TONGYAN_DATA: at("kept"), TONGYAN_TRUST: at("empty") };
    const without = await run([GOOD, "--replay", report], env);
    expect(without.exit).toBe(66);
    expect(without.err).toContain(digest);
    mkdirSync(at("kept", "snapshots"), { recursive: true });
    writeFileSync(at("kept", "snapshots", trustArchiveName(digest)), writeTrustArchive(material));
    expect((await run([GOOD, "--replay", report], env)).exit).toBe(0);
  });

  test("a forged report does not replay", async () => {
    const report = changed(await reportOf(nameOf("FAILED")), (value) => ({ ...value, verdict: "PASSED" }));
    const { exit, out } = await run([nameOf("FAILED"), "--replay", report, "--json"], TRUSTED);
    expect(exit).toBe(70);
    expect(json(out)).toMatchObject([
      { replay: "different", differences: [{ what: "verdict", earlier: "PASSED", now: "FAILED" }] },
    ]);
  });

  test("a policy that has changed since is named", async () => {
    const report = changed(await reportOf(GOOD), (value) => ({
      ...value,
      trust: Object.assign({}, value["trust"], { policyDigest: "sha256:0" }),
    }));
    const { exit, out } = await run([GOOD, "--replay", report], TRUSTED);
    expect(exit).toBe(70);
    expect(out).toContain("policy gb-t-38540");
  });

  test("the report of another file, and what is no report", async () => {
    const report = await reportOf(GOOD);
    expect(await run([nameOf("FAILED"), "--replay", report], TRUSTED)).toMatchObject({ exit: 65, out: "" });
    for (const text of ["", "{", "null", "[]", "{}", '{"document":{"sha256":1}}', '{"document":null}']) {
      writeFileSync(at("junk.json"), text);
      expect((await run([GOOD, "--replay", at("junk.json")], TRUSTED)).exit).toBe(65);
    }
    expect((await run([GOOD, "--replay", at("missing.json")], TRUSTED)).exit).toBe(66);
    expect((await run([licence("missing.ofd"), "--replay", report], TRUSTED)).exit).toBe(66);
  });

  test("a refusal, as printed and as the service answers it", async () => {
    const refused = nameOf("REFUSED");
    const { out } = await run([refused, "--json"], TRUSTED);
    for (const text of [out, JSON.stringify({ status: 422, verdict: "REFUSED", code: "NOT_OFD" })]) {
      writeFileSync(at("refusal.json"), text);
      const { exit, err } = await run([refused, "--replay", at("refusal.json")], TRUSTED);
      expect([exit, err]).toEqual([65, expect.stringContaining("nothing to replay")]);
    }
  });

  test.each(["at", "policy", "policyDigest", "snapshot"])("a report without trust.%s is no report", async (name) => {
    const report = changed(await reportOf(GOOD), (value) => ({
      ...value,
      trust: Object.assign({}, value["trust"], { [name]: 7 }),
    }));
    expect((await run([GOOD, "--replay", report], TRUSTED)).exit).toBe(65);
  });
});

const ASKED = { resource: "real-estate-certificate", region: "340000", issuer: "entitled" } as const;
const HEARD = { code: null, source: "anhui-register", asOf: new Date(NOW).toISOString(), reference: "R-1" } as const;
const UNHEARD = { source: null, asOf: null, reference: null, state: null, holder: null } as const;
const found = (state: RegisterState, name: HolderResult = "match") =>
  ({ ...ASKED, ...HEARD, outcome: "found", state, holder: { name, code: "match" } }) as const;

/** A saved report of `file` as the service answers it when the register answered so. */
async function registered(file: string, answer: RegisterAnswer): Promise<string> {
  return changed(await reportOf(file), (report) => withRegister(report as unknown as Report, answer));
}

describe("replay of a report with a register's answer", () => {
  test.each<readonly [string, string, RegisterAnswer, number]>([
    ["in force", GOOD, found("in-force"), 0],
    ["revoked", GOOD, found("revoked"), 1],
    ["another holder", GOOD, found("in-force", "mismatch"), 1],
    ["suspended", GOOD, found("suspended"), 2],
    ["not found", GOOD, { ...ASKED, ...HEARD, outcome: "not-found", state: null, holder: null }, 2],
    ["no answer", GOOD, { ...ASKED, ...UNHEARD, outcome: "unanswered", code: "SOURCE_TIMEOUT" }, 2],
    ["not asked", GOOD, { ...ASKED, ...UNHEARD, outcome: "not-asked", code: "TYPE_NOT_KEPT" }, 2],
    [
      "a document that failed",
      nameOf("FAILED"),
      { ...ASKED, ...UNHEARD, outcome: "not-asked", issuer: null, code: "DOCUMENT_FAILED" },
      1,
    ],
  ])("comes out the same: %s", async (_, file, answer, exit) => {
    const report = await registered(file, answer);
    const said = await run([file, "--replay", report, "--json"], TRUSTED);
    expect(json(said.out)).toMatchObject([{ replay: "same", register: answer, differences: [] }]);
    expect(said.exit).toBe(exit);
    expect((await run([file, "--replay", report], TRUSTED)).out).toContain("登记 register");
  });

  test.each([
    ["the verdict", { verdict: "PASSED" }],
    ["the register's state", { register: found("in-force") }],
    ["that it was asked at all", { register: null }],
  ])("forged in %s does not", async (_, forged) => {
    const report = changed(await registered(GOOD, found("revoked")), (value) => ({ ...value, ...forged }));
    expect((await run([GOOD, "--replay", report], TRUSTED)).exit).toBe(70);
  });

  test("an answer about what nothing proves fills in nothing", async () => {
    const report = changed(await reportOf(nameOf("INDETERMINATE")), (value) => ({
      ...value,
      verdict: "PASSED",
      register: found("in-force"),
    }));
    const { exit, out } = await run([nameOf("INDETERMINATE"), "--replay", report, "--json"], TRUSTED);
    expect(exit).toBe(70);
    expect(out).toContain("unsure REGISTER_NOT_ASKED");
  });

  test.each([
    ["no object", "in-force"],
    ["a list", []],
    ["empty", {}],
    ["another outcome", { ...found("in-force"), outcome: "passed" }],
    ["another state", { ...found("in-force"), state: "fine" }],
    ["a state that every object has", { ...found("in-force"), state: "constructor" }],
    ["no holder", { ...found("in-force"), holder: null }],
    ["another comparison", { ...found("in-force"), holder: { name: "match", code: "toString" } }],
    ["another entitlement", { ...found("in-force"), issuer: "yes" }],
    ["no time", { ...found("in-force"), asOf: "yesterday" }],
    ["a time out of all calendars", { ...found("in-force"), asOf: "+275760-09-13T00:00:00Z" }],
    ["no source", { ...found("in-force"), source: null }],
    ["an unknown reason", { ...ASKED, ...UNHEARD, outcome: "not-asked", code: "TIRED" }],
    ["a number for a code", { ...ASKED, ...UNHEARD, outcome: "unanswered", code: 7 }],
    ["no entitlement, though unanswered", { ...ASKED, ...UNHEARD, outcome: "unanswered", issuer: null, code: "X" }],
  ])("with a register's answer that is none (%s) is no report", async (_, register) => {
    const report = changed(await reportOf(GOOD), (value) => ({ ...value, register }));
    const { exit, err } = await run([GOOD, "--replay", report], TRUSTED);
    expect([exit, err]).toEqual([65, expect.stringContaining("the report has no register")]);
  });

  test("a report of a version that knew no registers is replayed as it is", async () => {
    const report = changed(await reportOf(GOOD), (value) => ({ ...value, register: undefined }));
    expect((await run([GOOD, "--replay", report], TRUSTED)).exit).toBe(0);
  });
});

test("as a process of its own", async () => {
  const main = join(import.meta.dirname, "..", "main.ts");
  const said = await new Promise<Said>((resolve) => {
    const env = { PATH: process.env["PATH"] ?? "", ...TRUSTED };
    execFile(process.execPath, [main, "verify", GOOD, nameOf("FAILED")], { env }, (error, out, err) =>
      resolve({ exit: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
  expect(said).toMatchObject({ exit: 1, err: "" });
  expect(said.out).toContain("通过");
  expect(said.out).not.toContain("\u001B");
});
