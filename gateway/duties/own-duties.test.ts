import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import { actsIn } from "#gateway/log/recorded-acts.ts";
import { actIn, actLog, type ActLogInMemory } from "#gateway/log/test-act-log.ts";
import { type Approvals, approvalsIn } from "./approvals.ts";
import { type DutiesStore, openDutiesStore } from "./duties-store.ts";
import { type OwnDuties, ownDuties } from "./own-duties.ts";

const ORGANISATION = "11340000MB0E01057U";
const APPROVER: Caller = {
  id: "approver",
  network: "remote",
  authentication: "token",
  organisation: { code: ORGANISATION, name: "示例单位", region: "340100" },
  roles: ["approver"],
  perMinute: 600,
};

let directory: string;
let store: DutiesStore;
let approvals: Approvals;
let log: ActLogInMemory;
let isPermitted: boolean;
let duties: OwnDuties;
let id: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "own-duties-"));
  store = openDutiesStore(join(directory, "duties.sqlite"));
  approvals = approvalsIn(store, Date.now);
  log = actLog();
  isPermitted = true;
  duties = ownDuties({
    approvals,
    notices: { to: () => [] },
    acts: actsIn({ log, clock: Date.now, onTrouble: () => undefined }),
    pseudonym: (text) => `pseudonym of ${text.length}`,
    permit: () => {
      if (!isPermitted) throw new Fault("DENIED");
    },
  });
  id = approvals.request({
    digest: "d1",
    organisation: ORGANISATION,
    client: "window",
    official: "li",
    resource: "real-estate-certificate",
    item: "I-1",
    caseNumber: "C-1",
  });
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const decide = (official = "wangwu", decision: "approve" | "reject" = "approve") =>
  duties.decideApproval(id, { decision, official }, APPROVER);

test("a decision is on record before it is made, without the official's account", async () => {
  const granted: boolean[] = [];
  log.before = () => granted.push(approvals.isGranted(id, "d1"));
  const { exchange } = await decide();
  expect([...granted, approvals.isGranted(id, "d1")]).toEqual([false, true]);
  expect(log.acts()).toEqual([
    [
      "decide-approval",
      `approval/${id}`,
      { decision: "approve", request: "d1", resource: "real-estate-certificate", official: "pseudonym of 6" },
    ],
  ]);
  expect(log.entries.map((entry) => [entry.record.id, actIn(entry).client?.id])).toEqual([[exchange, "approver"]]);
  expect(JSON.stringify(log.entries)).not.toContain("wangwu");
});

test("an official's account is the same however it is written", async () => {
  await decide(" WANGWU\u200b", "reject");
  expect(log.acts()[0]?.[2]).toMatchObject({ official: "pseudonym of 6", decision: "reject" });
});

test("what cannot be recorded is not decided, and still waits", async () => {
  log.refuses = () => true;
  await expect(decide()).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(approvals.isGranted(id, "d1")).toBe(false);
  expect((await duties.waitingApprovals(APPROVER, 10)).map((each) => each.id)).toEqual([id]);
  log.refuses = () => false;
  await decide();
  expect(approvals.isGranted(id, "d1")).toBe(true);
});

test("refusals leave no record: who asked, an unknown approval, one decided before, no permission", async () => {
  await expect(decide("LI")).rejects.toMatchObject({ code: "DENIED" });
  const unknown = duties.decideApproval("none", { decision: "approve", official: "wang" }, APPROVER);
  await expect(unknown).rejects.toMatchObject({ code: "ENTRY_UNKNOWN" });
  isPermitted = false;
  await expect(decide()).rejects.toMatchObject({ code: "DENIED" });
  expect(log.entries).toEqual([]);
  isPermitted = true;
  await decide();
  await expect(decide("zhao")).rejects.toMatchObject({ code: "ENTRY_UNKNOWN" });
  expect(log.entries).toHaveLength(1);
});

test("of two who decide at once the one too late is marked as such", async () => {
  const both = await Promise.allSettled([decide("wang"), decide("zhao", "reject")]);
  expect(both.map((each) => each.status).sort()).toEqual(["fulfilled", "rejected"]);
  const [first, second, failure] = log.entries.map((entry) => actIn(entry));
  const late = both[0].status === "rejected" ? first : second;
  expect(failure).toMatchObject({
    act: "report-failure",
    to: `exchange/${late?.id}`,
    detail: { act: "decide-approval", code: "ENTRY_UNKNOWN" },
  });
});
