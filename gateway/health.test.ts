import { expect, test } from "vitest";
import { checkLimits, checkPolicies, checkSources, checkTrust, checkVerify, healthOf } from "./health.ts";

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

const well = { status: "ready", zh: "可用", en: "ready" } as const;
const down = { status: "unavailable", zh: "无法连接", en: "cannot be reached" } as const;

test("one source that is down is named, and does not make the whole unavailable", () => {
  expect(checkSources({ anhui: well }).status).toBe("ready");
  expect(checkSources({})).toMatchObject({ status: "ready" });
  expect(checkSources({ anhui: well, guangdong: down })).toMatchObject({
    status: "degraded",
    detail: "guangdong unavailable: cannot be reached",
  });
});

test("refused policies and counters that stand alone are told", () => {
  expect(checkPolicies({ digest: "sha256:0", problem: null }).status).toBe("ready");
  const refused = checkPolicies({ digest: "sha256:0", problem: "/etc/set/a.cedar: bad" });
  expect(refused.status).toBe("degraded");
  expect(JSON.stringify(refused)).not.toContain("/etc");
  expect(checkLimits({ degraded: true, zh: "", en: "" }).status).toBe("degraded");
  expect(checkLimits({ degraded: false, zh: "", en: "" }).status).toBe("ready");
});

test("two gateways that ask each other how they are do not wait for each other", async () => {
  let now = NOW;
  type Ask = () => Promise<{ readonly status: string }>;
  const gatewayThatAsks = (other: Ask) =>
    healthOf({
      verifier: () => verifier,
      trust: () => trust,
      policies: () => ({ digest: "sha256:0", problem: null }),
      limits: () => ({ degraded: false, zh: "", en: "" }),
      sources: async () => ({ other: (await other()).status === "ready" ? well : down }),
      log: { probe: async () => undefined },
      clock: () => now,
    });
  let other: Ask = async () => well;
  const ours = gatewayThatAsks(() => other());
  expect((await ours()).status).toBe("ready");
  other = gatewayThatAsks(ours);
  now += 5001;
  expect((await ours()).status).toBe("ready");
  other = async () => down;
  now += 5001;
  expect((await ours()).status).toBe("degraded");
});

test("the whole is as good as its worst part, and the log is asked at most once a second", async () => {
  let now = NOW;
  let probes = 0;
  let works = false;
  const probe = async (): Promise<void> => {
    probes += 1;
    if (!works) throw new Error("no space left on /data");
  };
  const readiness = healthOf({
    verifier: () => verifier,
    trust: () => trust,
    policies: () => ({ digest: "sha256:0", problem: null }),
    limits: () => ({ degraded: false, zh: "", en: "" }),
    sources: async () => ({ anhui: well }),
    log: { probe },
    clock: () => now,
  });
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
