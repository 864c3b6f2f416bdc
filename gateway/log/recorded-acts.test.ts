import { beforeEach, expect, test } from "vitest";
import { UploadError } from "#connectors/upload.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import { Fault } from "#gateway/fault.ts";
import type { Act } from "./acts.ts";
import { type Acts, actsIn } from "./recorded-acts.ts";
import { actIn, actLog, type ActLogInMemory } from "./test-act-log.ts";

const OPERATOR: Caller = {
  id: "operator",
  network: "remote",
  authentication: "token",
  organisation: { code: "11340000MB0E01057U", name: "示例单位", region: "340100" },
  roles: ["operator"],
  perMinute: 600,
};
const ACT: Act = {
  act: "change-entry",
  to: "grant/g-1",
  detail: { change: "put", version: 2, digest: "sha256:0", by: "operator" },
};

let log: ActLogInMemory;
let acts: Acts;
let troubles: string[];
beforeEach(() => {
  log = actLog();
  troubles = [];
  acts = actsIn({
    log,
    clock: () => Date.UTC(2026, 10, 21),
    onTrouble: (what, detail) => troubles.push(`${what}: ${detail}`),
  });
});

test("an act is durable before it is carried out, and says who did what", async () => {
  const { result, exchange } = await acts.carryOut(ACT, OPERATOR, () => log.acts().length);
  expect(result).toBe(1);
  expect(log.entries).toEqual([
    {
      record: {
        id: exchange,
        receivedAt: "2026-11-21T00:00:00.000Z",
        kind: "act",
        client: { id: "operator", network: "remote", authentication: "token", organisation: "11340000MB0E01057U" },
        act: "change-entry",
        to: "grant/g-1",
        detail: ACT.detail,
      },
      request: null,
      answer: null,
      subject: null,
      persons: [],
    },
  ]);
});

test("an act of the service itself has no client", async () => {
  await acts.record(ACT, null);
  expect(log.entries.map((entry) => actIn(entry).client)).toEqual([null]);
});

test("what cannot be recorded is not done", async () => {
  log.refuses = () => true;
  let done = 0;
  const doing = acts.carryOut(ACT, OPERATOR, () => (done += 1));
  await expect(doing).rejects.toMatchObject({ code: "LOG_UNAVAILABLE" });
  expect(done).toBe(0);
});

test.each([
  ["a fault", new Fault("REGISTRY_UNAVAILABLE", "locked"), "REGISTRY_UNAVAILABLE"],
  ["an upload's error", new UploadError("UPLOAD_FAILED", "ENOSPC"), "UPLOAD_FAILED"],
  ["a defect, whose words may hold anything", new TypeError("张三 110105"), "INTERNAL"],
  ["what is no error", "张三", "INTERNAL"],
])("%s after it was recorded leaves a second entry", async (_what, error, code) => {
  const doing = acts.carryOut(ACT, OPERATOR, () => Promise.reject(error));
  const thrown: unknown = await doing.then(
    () => null,
    (reason: unknown) => reason,
  );
  const [first, second, ...more] = log.entries.map((entry) => actIn(entry));
  expect(more).toEqual([]);
  expect(second).toMatchObject({
    act: "report-failure",
    to: `exchange/${first?.id}`,
    client: { id: "operator" },
    detail: { act: "change-entry", code },
  });
  expect(JSON.stringify(log.entries)).not.toContain("张三");
  if (error instanceof Fault) expect(thrown).toMatchObject({ code, detail: "locked", exchange: first?.id });
  else expect(thrown).toBe(error);
});

test("a failure that cannot be recorded either is told, and hides nothing", async () => {
  log.refuses = ({ act }) => act === "report-failure";
  const failing = acts.carryOut(ACT, OPERATOR, () => {
    throw new Fault("REGISTRY_UNAVAILABLE");
  });
  await expect(failing).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  const [recorded] = log.entries.map((entry) => actIn(entry).id);
  expect(troubles).toEqual([`an act came to nothing, and the log could not be told: ${recorded}`]);
});
