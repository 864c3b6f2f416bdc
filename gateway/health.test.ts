import { expect, test } from "vitest";
import { checkTrust, checkVerify, healthOf } from "./health.ts";

const NOW = 1_000_000_000;
const trust = { digest: "sha256:0", anchors: 1, currentUntil: NOW + 60_000, problem: null };
const verifier = { workers: 2, busy: 1, waiting: 0, full: false, lastLost: null };

test.each([
  [verifier, "ready"],
  [{ ...verifier, full: true }, "degraded"],
  [{ ...verifier, lastLost: NOW - 1000 }, "degraded"],
  [{ ...verifier, lastLost: NOW - 61_000 }, "ready"],
])("verification %#", (state, status) => {
  expect(checkVerify(state, NOW)).toMatchObject({ status, zh: expect.any(String), en: expect.any(String) });
});

test.each([
  [trust, "ready"],
  [{ ...trust, currentUntil: null }, "ready"],
  [{ ...trust, anchors: 0 }, "degraded"],
  [{ ...trust, problem: "ca.cer: bad" }, "degraded"],
  [{ ...trust, currentUntil: NOW - 1 }, "degraded"],
])("trust %#", (state, status) => {
  const check = checkTrust(state, NOW);
  expect(check.status).toBe(status);
  expect(JSON.stringify(check)).not.toContain("ca.cer");
});

test("the whole is as good as its worst part, and the log is asked at most once a second", async () => {
  let now = NOW;
  let probes = 0;
  let works = false;
  const probe = async (): Promise<void> => {
    probes += 1;
    if (!works) throw new Error("no space left on /data");
  };
  const readiness = healthOf({ verifier: () => verifier, trust: () => trust, log: { probe }, clock: () => now });
  const first = await readiness();
  expect(first).toMatchObject({ status: "unavailable", checks: { record: { status: "unavailable" } } });
  expect(JSON.stringify(first)).not.toContain("/data");
  works = true;
  expect((await readiness()).status).toBe("unavailable");
  expect(probes).toBe(1);
  now += 1001;
  expect((await readiness()).status).toBe("ready");
  expect(probes).toBe(2);
});
