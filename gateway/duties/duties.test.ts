import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ApprovalRequest, type Approvals, approvalsIn } from "./approvals.ts";
import { type DutiesStore, openDutiesStore } from "./duties-store.ts";
import { forgetDuties } from "./forget-duties.ts";
import { type Notices, noticesIn } from "./notices.ts";

const DAY = 86_400_000;
const ASKED: ApprovalRequest = {
  digest: "d1",
  organisation: "org",
  client: "window",
  official: "li",
  resource: "register-state",
  item: "I-1",
  caseNumber: "C-1",
};
const APPROVER = { organisation: "org", client: "approver", official: "wang" };

let directory: string;
let store: DutiesStore;
let now: number;
let approvals: Approvals;
let notices: Notices;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tongyan-duties-"));
  store = openDutiesStore(join(directory, "duties.sqlite"));
  now = Date.UTC(2026, 10, 21);
  approvals = approvalsIn(store, () => now);
  notices = noticesIn(store, () => now);
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return "none";
};

describe("an approval", () => {
  test("is good for one use of just the request it was given for", () => {
    const id = approvals.request(ASKED);
    expect(approvals.isGranted(id, "d1")).toBe(false);
    approvals.decide(id, "approve", APPROVER);
    expect(approvals.isGranted(id, "d2")).toBe(false);
    expect(approvals.use(id, "d2")).toBe(false);
    expect(approvals.isGranted(id, "d1")).toBe(true);
    expect(approvals.use(id, "d1")).toBe(true);
    expect(approvals.use(id, "d1")).toBe(false);
    expect(approvals.isGranted(id, "d1")).toBe(false);
  });

  test("can be used again when what it was used for came to nothing", () => {
    const id = approvals.request(ASKED);
    approvals.decide(id, "approve", APPROVER);
    approvals.use(id, "d1");
    approvals.giveBack(id);
    expect(approvals.use(id, "d1")).toBe(true);
  });

  test("asked for twice is the same while it waits, and survives a restart", () => {
    const id = approvals.request(ASKED);
    expect(approvals.request(ASKED)).toBe(id);
    expect(approvals.request({ ...ASKED, digest: "d2" })).not.toBe(id);
    store.close();
    expect(approvals.waiting("org", 10).map((each) => each.id)).toContain(id);
    expect(approvals.waiting("other", 10)).toEqual([]);
  });

  test.each([
    ["the official who asked", { ...APPROVER, official: "li" }, "DENIED"],
    ["the same account in other letters", { ...APPROVER, official: "ＬI" }, "DENIED"],
    ["the same account with something unseen", { ...APPROVER, official: "l\u200bi" }, "DENIED"],
    ["the client who asked", { ...APPROVER, client: "window" }, "DENIED"],
    ["another organisation", { ...APPROVER, organisation: "elsewhere" }, "ENTRY_UNKNOWN"],
  ])("is not decided by %s", (_, approver, code) => {
    const id = approvals.request(ASKED);
    expect(codeOf(() => approvals.decide(id, "approve", approver))).toBe(code);
    expect(approvals.isGranted(id, "d1")).toBe(false);
  });

  test("is not decided twice, and a rejected one is no approval", () => {
    const id = approvals.request(ASKED);
    approvals.decide(id, "reject", APPROVER);
    expect(codeOf(() => approvals.decide(id, "approve", APPROVER))).toBe("ENTRY_UNKNOWN");
    expect(approvals.use(id, "d1")).toBe(false);
  });

  test("ends after a day, waiting or granted", () => {
    const id = approvals.request(ASKED);
    now += DAY - 1;
    approvals.decide(id, "approve", APPROVER);
    now += DAY - 1;
    expect(approvals.isGranted(id, "d1")).toBe(true);
    now += 1;
    expect(approvals.isGranted(id, "d1")).toBe(false);
    expect(approvals.use(id, "d1")).toBe(false);
    const late = approvals.request(ASKED);
    now += DAY;
    expect(codeOf(() => approvals.decide(late, "approve", APPROVER))).toBe("ENTRY_UNKNOWN");
  });
});

test("a file that is no database cannot be written to, and can be again when it is gone", () => {
  const file = join(directory, "spoilt.sqlite");
  writeFileSync(file, "no database".repeat(1000));
  const spoilt = openDutiesStore(file);
  expect(codeOf(() => spoilt.probe())).toBe("REGISTRY_UNAVAILABLE");
  rmSync(file);
  expect(codeOf(() => spoilt.probe())).toBe("none");
  spoilt.close();
});

test("notices reach the organisation they are for, in order and in pages", () => {
  const notice = { organisation: "org", resource: "r", client: "window", item: "I-1" };
  for (const exchange of ["e1", "e2", "e3"]) notices.add({ ...notice, exchange });
  notices.add({ ...notice, organisation: "other", exchange: "e4" });
  const [first, second] = notices.to("org", { after: 0, limit: 2 });
  expect([first?.exchange, second?.exchange]).toEqual(["e1", "e2"]);
  expect(notices.to("org", { after: second?.sequence ?? 0, limit: 2 }).map((each) => each.exchange)).toEqual(["e3"]);
  expect(first?.at).toBe("2026-11-21T00:00:00.000Z");
});

describe("what is over is deleted", () => {
  const count = (table: "approvals" | "notices"): number =>
    store.ask((database) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"]));
  const notice = { organisation: "org", resource: "r", client: "window", item: "I-1" };

  test("approvals a day after the last that happened to them, and not before", async () => {
    const waiting = approvals.request({ ...ASKED, digest: "waiting" });
    const decided = approvals.request({ ...ASKED, digest: "decided" });
    const used = approvals.request({ ...ASKED, digest: "used" });
    now += DAY - 1;
    for (const id of [decided, used]) approvals.decide(id, "approve", APPROVER);
    approvals.use(used, "used");
    await forgetDuties({ store, approvals, notices }, 0);
    expect(approvals.waiting("org", 10).map((each) => each.id)).toEqual([waiting]);
    now += 1;
    await forgetDuties({ store, approvals, notices }, 0);
    expect(count("approvals")).toBe(2);
    expect(approvals.isGranted(decided, "decided")).toBe(true);
    now += DAY - 1;
    await forgetDuties({ store, approvals, notices }, 0);
    expect(count("approvals")).toBe(0);
    expect(approvals.use(decided, "decided")).toBe(false);
    expect(codeOf(() => approvals.decide(waiting, "approve", APPROVER))).toBe("ENTRY_UNKNOWN");
  });

  test("notices after their term, in however many steps, and the others keep their places", async () => {
    store.ask((database) => database.exec("BEGIN"));
    for (let each = 0; each < 2500; each++) notices.add({ ...notice, exchange: `old-${each}` });
    store.ask((database) => database.exec("COMMIT"));
    const until = now;
    now += 1;
    notices.add({ ...notice, exchange: "young" });
    await forgetDuties({ store, approvals, notices }, until);
    expect(count("notices")).toBe(1);
    expect(notices.to("org", { after: 0, limit: 5 })).toMatchObject([{ sequence: 2501, exchange: "young" }]);
    now += 1;
    await forgetDuties({ store, approvals, notices }, now);
    notices.add({ ...notice, exchange: "next" });
    expect(notices.to("org", { after: 2501, limit: 5 })).toMatchObject([{ sequence: 2502, exchange: "next" }]);
  });

  test("and nothing of it is left in the files, while they are in use", async () => {
    approvals.request({ ...ASKED, official: "MARK-official" });
    now += DAY;
    await forgetDuties({ store, approvals, notices }, 0);
    const files = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
    expect(files.length).toBeGreaterThan(0);
    expect(files.some((bytes) => bytes.includes("MARK-official"))).toBe(false);
  });
});
