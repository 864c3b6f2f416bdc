import { describe, expect, test } from "vitest";
import type { RegisterAnswer } from "#certs/register-answer.ts";
import { FAILED_REPORT, PASSED_REPORT } from "./report-fixture.ts";
import { renderAmong, renderCount, renderOne, renderReplay } from "./render.ts";
import { type Line, displayWidth, painter } from "./terminal.ts";

const plain = (lines: readonly Line[]): string => painter(false, {})(lines);

describe("one result", () => {
  test("a licence that passed", () => {
    expect(plain(renderOne({ kind: "report", file: "a.ofd", report: PASSED_REPORT }))).toBe(`✔ 通过 PASSED  a.ofd

  文件真实完整，印章和签发机关可信。
  Genuine and unchanged, sealed by a trusted authority.

  完整 integrity    ✔ 文件盖章后未被改动 Nothing was changed
  可信 authority    ✔ 印章和签发机关可信 Seal and signer are trusted
  有效 status       ✔ 在有效期内 Within its dates
  归属 binding      – 未核对持证主体 The holder was not matched

  证照 licence      不动产权证书  皖（2026）示例市不动产权第0000001号
    颁发 issuer     示例市自然资源和规划局 (11340000MB0E00011X)
    持证 holder     张* (110105********002X)
    期限 validity   2026-01-15 – 2096-01-14

  印章 seal         ✔ 示例市自然资源和规划局不动产登记专用章
    签章人 signer   示例市自然资源和规划局 (11340000MB0E00011X)
    时间 time       2026-11-20 18:00 UTC+8  自称，未经证明 claimed, not proven

  备注 remark       · 签章时间为自称时间 The signing time is claimed

  下一步 next       可以采信 ACCEPT
`);
  });

  test("what failed comes first, and what that made impossible is left out", () => {
    const text = plain(renderOne({ kind: "report", file: "a.ofd", report: FAILED_REPORT }));
    expect(text).toContain(`  原因 reason       ✘ 盖章后文件内容被改动 The content was changed after sealing
                      HASH_MISMATCH · 受保护文件摘要 reference-digests · /Doc_0/Pages/Page_0/Content.xml
  原因 reason       ? 时间先后不合理 The times contradict each other
                      TIMESTAMP_ORDER · 签章时间 signing-time · later than now
`);
    expect(text).not.toContain("NOT_EVALUATED");
    expect(text).toMatch(/^✘ 不通过 FAILED {2}a\.ofd\n/);
    expect(text).toMatch(/退回 RETURN\n$/);
  });

  test("of several seals, the reason says which", () => {
    const signatures = FAILED_REPORT.signatures.flatMap((signature) => [signature, { ...signature, id: "s002" }]);
    const text = plain(renderOne({ kind: "report", file: "a.ofd", report: { ...FAILED_REPORT, signatures } }));
    expect(text).toContain("HASH_MISMATCH · s001 · ");
    expect(text).toContain("HASH_MISMATCH · s002 · ");
  });

  test("a refused file", () => {
    const text = plain(renderOne({ kind: "refused", file: "a.ofd", code: "ZIP_DUPLICATE", detail: "OFD.xml" }));
    expect(text).toBe(`⊘ 拒收 REFUSED  a.ofd
  文件包内有重名条目
  The package holds two entries of one name
  原因 reason       ZIP_DUPLICATE · OFD.xml
  下一步 next       退回 RETURN
`);
  });

  test("metadata that no seal proves is said to be so; no licence, no lines", () => {
    const licence = PASSED_REPORT.licence === null ? null : { ...PASSED_REPORT.licence, proven: false };
    const unproven = plain(renderOne({ kind: "report", file: "a", report: { ...PASSED_REPORT, licence } }));
    expect(unproven).toContain("未经签章证明 not proven by a seal");
    const none = plain(renderOne({ kind: "report", file: "a", report: { ...PASSED_REPORT, licence: null } }));
    expect(none).not.toContain("licence");
  });

  test("a proven time is told from a claimed one", () => {
    const signatures = PASSED_REPORT.signatures.map((signature) =>
      Object.assign({}, signature, { times: { claimed: null, proven: "2026-11-20T16:00:00.000Z" } }),
    );
    const text = plain(renderOne({ kind: "report", file: "a", report: { ...PASSED_REPORT, signatures } }));
    expect(text).toContain("2026-11-21 00:00 UTC+8  时间戳已证明");
  });

  test("a document cannot write to the terminal", () => {
    const evil = "\u001B[2J\u001B]0;owned\u0007\u202E\r\n✔ 通过 PASSED  b.ofd";
    const licence = PASSED_REPORT.licence === null ? null : { ...PASSED_REPORT.licence, number: evil };
    const signatures = FAILED_REPORT.signatures.map((signature) =>
      Object.assign({}, signature, {
        seal: signature.seal === null ? null : { ...signature.seal, name: evil },
        checks: signature.checks.map((check) => Object.assign({}, check, { detail: evil })),
      }),
    );
    const outcome = { kind: "report", file: evil, report: { ...FAILED_REPORT, licence, signatures } } as const;
    for (const lines of [renderOne(outcome), renderAmong(outcome)]) {
      const text = plain(lines);
      expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
      expect(text.split("\n").filter((line) => line.includes("通过 PASSED") && !line.includes("<U+"))).toEqual([]);
    }
  });

  test("a flood of reasons is cut", () => {
    const checks = Array.from({ length: 50 }, (_, index) => ({
      code: "coverage",
      outcome: "unsure" as const,
      reason: "COVERAGE_GAP" as const,
      detail: `/entry-${index}`,
    }));
    const text = plain(renderOne({ kind: "report", file: "a", report: { ...FAILED_REPORT, checks, signatures: [] } }));
    expect(text).toContain("… 另有 38 项 38 more, see --json");
  });
});

const FOUND: RegisterAnswer = {
  resource: "real-estate-certificate",
  region: "340000",
  outcome: "found",
  code: null,
  source: "anhui-register",
  asOf: "2026-11-20T16:30:00Z",
  reference: "AH-1",
  issuer: "entitled",
  state: "revoked",
  holder: { name: "match", code: "no-data" },
};
const UNHEARD = { source: null, asOf: null, reference: null, state: null, holder: null } as const;

describe("a register's answer", () => {
  const textOf = (register: RegisterAnswer): string =>
    plain(renderOne({ kind: "report", file: "a.ofd", report: { ...PASSED_REPORT, register } }));

  test("that was found", () => {
    expect(textOf(FOUND)).toContain(`
  登记 register     real-estate-certificate  340000
    答复 answer     吊销或撤销 revoked
    持证 holder     名称 name 一致 matches · 代码 code 登记中没有 not in the register
    颁发 issuer     有权颁发 entitled to issue it
    来源 source     anhui-register · AH-1
    时间 as of      2026-11-21 00:30 UTC+8

`);
  });

  test("that was not found", () => {
    const text = textOf({ ...FOUND, outcome: "not-found", state: null, holder: null });
    expect(text).toContain("答复 answer     查无此证照 no such licence");
    expect(text).toContain("来源 source     anhui-register · AH-1");
    expect(text).not.toContain("名称 name");
  });

  test("that did not come", () => {
    const text = textOf({ ...FOUND, ...UNHEARD, outcome: "unanswered", code: "SOURCE_TIMEOUT" });
    expect(text).toContain("答复 answer     没有答复 no answer · SOURCE_TIMEOUT");
    expect(text).not.toContain("来源 source");
  });

  test("that was not asked for", () => {
    const text = textOf({ ...FOUND, ...UNHEARD, region: null, outcome: "not-asked", issuer: null, code: "NOT_PROVEN" });
    expect(text).toContain(`
  登记 register     real-estate-certificate
    答复 answer     未查询：证照内容未经签章证明 not asked: no good signature covers what it says of the licence

`);
  });

  test("has its checks named", () => {
    const check = {
      code: "register-state",
      outcome: "failed",
      reason: "LICENCE_REVOKED",
      detail: "state revoked",
    } as const;
    const report = { ...FAILED_REPORT, signatures: [], checks: [check] };
    expect(plain(renderOne({ kind: "report", file: "a", report })))
      .toContain(`登记显示证照已被吊销或撤销 The register says that the licence was revoked
                      LICENCE_REVOKED · 登记的现状 register-state · state revoked`);
  });

  test("cannot write to the terminal", () => {
    const evil = "\u001B[2J\u202E\r\n✔ 通过 PASSED  b.ofd";
    const text = textOf({ ...FOUND, source: evil, reference: evil, resource: evil });
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
  });
});

describe("several results", () => {
  const passed = { kind: "report", file: "a.ofd", report: PASSED_REPORT } as const;
  const failed = { kind: "report", file: "b.ofd", report: FAILED_REPORT } as const;
  const refused = { kind: "refused", file: "c.ofd", code: "NOT_OFD", detail: "no zip" } as const;

  test("a line for each that passed, details below the others, file names in one column", () => {
    expect(renderAmong(passed)).toHaveLength(1);
    const heads = [passed, failed, refused].map((outcome) => plain(renderAmong(outcome)).split("\n")[0] ?? "");
    const columns = heads.map((head) => displayWidth(head.slice(0, head.search(/[abc]\.ofd/))));
    expect(new Set(columns).size).toBe(1);
    expect(plain(renderAmong(failed))).toContain("HASH_MISMATCH");
    expect(plain(renderAmong(refused))).toContain("NOT_OFD · no zip");
  });

  test("are counted", () => {
    const unreadable = { kind: "unreadable", file: "d", detail: "ENOENT" } as const;
    expect(plain(renderCount([passed, passed, failed, refused, unreadable]))).toBe(
      "共 5 个文件 files:  2 通过 PASSED  1 不通过 FAILED  1 拒收 REFUSED  1 未能核验 not verified\n",
    );
  });
});

describe("a replay", () => {
  test("the same", () => {
    const text = plain(renderReplay("a.ofd", { kind: "same", verdict: "FAILED", register: null, exit: 1 }));
    expect(text).toMatch(/^✔ 重放一致 SAME {2}a\.ofd\n {2}结论 verdict {6}✘ 不通过 FAILED\n/);
    expect(text).not.toContain("register");
  });

  test("with a register's answer: it is the report's", () => {
    const text = plain(renderReplay("a.ofd", { kind: "same", verdict: "FAILED", register: FOUND, exit: 1 }));
    expect(text).toContain("吊销或撤销 revoked");
    expect(text).toContain("登记的答复取自报告，未再查询 the register's answer is the report's, not asked again");
  });

  test("different", () => {
    const differences = [{ what: "verdict", earlier: "PASSED", now: "FAILED" }];
    expect(plain(renderReplay("a.ofd", { kind: "different", differences, exit: 70 }))).toBe(
      "✘ 重放不一致 DIFFERENT  a.ofd\n  verdict           PASSED → FAILED\n",
    );
  });
});
