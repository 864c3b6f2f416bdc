import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPolicies, type Policies, SHIPPED_SET } from "#policies/policies.ts";
import { type Acts, actsIn } from "./log/recorded-acts.ts";
import { actLog, type ActLogInMemory } from "./log/test-act-log.ts";
import { policyRefresher, recordedTrust } from "./refreshing.ts";

let log: ActLogInMemory;
let acts: Acts;
beforeEach(() => {
  log = actLog();
  acts = actsIn({ log, clock: Date.now, onTrouble: () => undefined });
});

describe("policies", () => {
  let directory: string;
  let file: string;
  let policies: Policies;
  let lines: string[];
  let refresh: () => Promise<void>;
  const append = (text: string) => writeFileSync(file, `${readFileSync(file, "utf8")}\n${text}\n`);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "refreshing-"));
    cpSync(SHIPPED_SET, directory, { recursive: true });
    file = join(directory, "1-callers.cedar");
    policies = openPolicies(directory);
    lines = [];
    const tell = (_facts: object, message: string) => void lines.push(message);
    refresh = policyRefresher({ policies, acts, logger: { info: tell, warn: tell, error: tell } });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test("that have not changed leave no record", async () => {
    await refresh();
    expect(log.acts()).toEqual([]);
  });

  test("come into force when that is on record", async () => {
    const before = policies.state.digest;
    append("// another day");
    const inForce: string[] = [];
    log.before = () => inForce.push(policies.state.digest);
    await refresh();
    const { digest } = policies.state;
    expect(digest).not.toBe(before);
    expect(inForce).toEqual([before]);
    expect(log.acts()).toEqual([["change-policies", "policies", { outcome: "in-force", digest, before }]]);
    await refresh();
    expect(log.acts()).toHaveLength(1);
  });

  test("that are refused are on record once, whoever looks again; mended ones too, and a second bad set", async () => {
    const before = policies.state.digest;
    append("forbid");
    for (let round = 0; round < 3; round += 1) await refresh();
    expect(log.acts()).toEqual([
      ["change-policies", "policies", { outcome: "refused", digest: expect.stringMatching(/^sha256:/), before }],
    ]);
    expect(policies.state.digest).toBe(before);
    cpSync(SHIPPED_SET, directory, { recursive: true });
    await refresh();
    append("forbid");
    await refresh();
    append("permit");
    await refresh();
    expect(log.acts().map(([, , { outcome }]) => outcome)).toEqual(["refused", "refused", "refused"]);
  });

  test("that cannot be read are refused without a digest", async () => {
    const before = policies.state.digest;
    rmSync(directory, { recursive: true });
    await refresh();
    expect(log.acts()).toEqual([["change-policies", "policies", { outcome: "refused", digest: null, before }]]);
  });

  test("that cannot be recorded are not taken, and are once they can be", async () => {
    const before = policies.state.digest;
    append("// another day");
    log.refuses = () => true;
    for (let round = 0; round < 2; round += 1) await refresh();
    expect(policies.state.digest).toBe(before);
    expect(lines.at(-1)).toBe("a change of the policies cannot be recorded, and is not made");
    log.refuses = () => false;
    await refresh();
    expect(policies.state.digest).not.toBe(before);
    expect(log.acts()).toHaveLength(1);
  });

  test("that change once more while they are being recorded are recorded before they are taken", async () => {
    append("// first");
    const known: string[] = [];
    log.before = ({ detail }) => known.push(String(detail["digest"]));
    const refreshing = refresh();
    append("// second");
    await Promise.all([refreshing, refresh()]);
    expect(known).toEqual([policies.state.digest]);
    await refresh();
    expect(known).toHaveLength(2);
    expect(known.at(-1)).toBe(policies.state.digest);
  });
});

describe("a trust snapshot", () => {
  const used: string[] = [];
  beforeEach(() => used.splice(0));
  const put = (failing: Error | null = null) =>
    recordedTrust<{ readonly digest: string }>(
      acts,
      () => "sha256:old",
      async ({ digest }) => {
        if (failing !== null) throw failing;
        used.push(`${digest} after ${log.acts().length}`);
      },
    )({ digest: "sha256:new" });

  test("is used when that is on record", async () => {
    await put();
    expect(used).toEqual(["sha256:new after 1"]);
    expect(log.acts()).toEqual([["change-trust", "trust", { digest: "sha256:new", before: "sha256:old" }]]);
  });

  test("is not used without a record", async () => {
    log.refuses = () => true;
    await expect(put()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
    expect(used).toEqual([]);
  });

  test("that no worker takes leaves a second entry", async () => {
    await expect(put(new Error("no worker became ready"))).rejects.toThrow("no worker became ready");
    expect(log.acts().map(([act]) => act)).toEqual(["change-trust", "report-failure"]);
  });
});
