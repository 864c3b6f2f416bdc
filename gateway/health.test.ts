import { describe, expect, test } from "vitest";
import { Fault } from "./fault.ts";
import {
  checkLimits,
  checkPolicies,
  checkSign,
  checkSources,
  checkTrust,
  checkVerify,
  checkWitnesses,
  healthOf,
} from "./health.ts";
import type { WitnessFaultCode } from "./witness/ask-witness.ts";
import type { WitnessState } from "./witness/watched-witness.ts";

const NOW = 1_000_000_000;
const trust = { digest: "sha256:0", anchors: 1, currentUntil: NOW + 60_000, certificateEnds: [], problem: null };
const verifier = { workers: 2, busy: 1, waiting: 0, full: false, lastLost: null };

test.each([
  [verifier, "ready"],
  [{ ...verifier, full: true }, "degraded"],
  [{ ...verifier, lastLost: NOW - 1000 }, "degraded"],
  [{ ...verifier, lastLost: NOW - 61_000 }, "ready"],
])("verification %#", (state, status) => {
  expect(checkVerify(state, NOW, null)).toMatchObject({ status, zh: expect.any(String), en: expect.any(String) });
});

test("idle workers that give a wrong answer are worse than busy ones", () => {
  expect(checkVerify(verifier, NOW, "INTERNAL").status).toBe("unavailable");
  expect(checkVerify({ ...verifier, full: true }, NOW, "INTERNAL").status).toBe("unavailable");
  expect(checkVerify(verifier, NOW, "BUSY").status).toBe("degraded");
});

const succeeds = async (): Promise<void> => undefined;
const breaks = async (): Promise<void> => {
  throw new Error("/data/keys/log-sm2.key");
};

test("a key that does not sign is named, and nothing else is said of it", async () => {
  expect(await checkSign({ gateway: succeeds, log: succeeds })).toMatchObject({
    status: "ready",
    each: { gateway: { status: "ready" }, log: { status: "ready" } },
  });
  const check = await checkSign({ gateway: succeeds, log: breaks });
  expect(check).toMatchObject({
    status: "unavailable",
    each: { gateway: { status: "ready" }, log: { status: "unavailable" } },
  });
  expect(JSON.stringify(check)).not.toContain("/data");
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
  expect(checkSources({})).toMatchObject({ status: "ready", each: {} });
  expect(checkSources({ anhui: well, guangdong: down })).toMatchObject({
    status: "degraded",
    detail: "guangdong unavailable: cannot be reached",
    each: { anhui: well, guangdong: down },
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
      tryVerifying: succeeds,
      trySigning: {},
      witnesses: () => [],
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
    tryVerifying: succeeds,
    trySigning: { gateway: succeeds },
    witnesses: () => [],
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

test("what cannot verify or sign is unavailable, and is tried again after a while, not each time", async () => {
  let now = NOW;
  let trials = 0;
  let fault: Error | null = new Fault("BUSY");
  const tryVerifying = async (): Promise<void> => {
    trials += 1;
    if (fault !== null) throw fault;
  };
  const readiness = healthOf({
    verifier: () => verifier,
    tryVerifying,
    trySigning: { gateway: succeeds, log: breaks },
    witnesses: () => [],
    trust: () => trust,
    policies: () => ({ digest: "sha256:0", problem: null }),
    limits: () => ({ degraded: false, zh: "", en: "" }),
    sources: async () => ({}),
    log: { probe: succeeds },
    clock: () => now,
  });
  expect(await readiness()).toMatchObject({
    status: "unavailable",
    checks: { verify: { status: "degraded" }, sign: { status: "unavailable" }, record: { status: "ready" } },
  });
  fault = new Error("a changed document counts as sealed");
  expect((await readiness()).checks.verify.status).toBe("degraded");
  now += 15_001;
  expect((await readiness()).checks.verify.status).toBe("unavailable");
  fault = null;
  now -= 3_600_000;
  expect((await readiness()).checks.verify.status).toBe("ready");
  expect(trials).toBe(3);
});

describe("witnesses", () => {
  const witness = (name: string, fault: WitnessState["fault"] = null): WitnessState => ({
    name,
    url: "https://w.example",
    size: 7,
    at: null,
    fault,
  });
  const fault = (code: WitnessFaultCode) => ({ code, seen: null, detail: "why" });

  test("none at all is as good as all of them", () => {
    expect(checkWitnesses([])).toMatchObject({ status: "ready" });
    expect(checkWitnesses([witness("w1")])).toMatchObject({ status: "ready", each: { w1: { status: "ready" } } });
  });

  test("one that refuses this log's history comes before one that is away", () => {
    const [away, refusing] = [witness("w1", fault("UNREACHABLE")), witness("w2", fault("HISTORY_DIFFERS"))];
    expect(checkWitnesses([away, refusing, witness("w3")])).toMatchObject({
      status: "degraded",
      en: expect.stringContaining("another history"),
      each: {
        w1: { status: "degraded", detail: "UNREACHABLE: why" },
        w2: { status: "degraded", detail: "HISTORY_DIFFERS: why" },
        w3: { status: "ready" },
      },
    });
  });
});
