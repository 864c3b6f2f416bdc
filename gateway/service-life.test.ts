import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { actsIn } from "./log/recorded-acts.ts";
import { actLog, type ActLogInMemory } from "./log/test-act-log.ts";
import { serviceLife, type ServiceLife } from "./service-life.ts";

let log: ActLogInMemory;
let life: ServiceLife;
let digest: string;
beforeEach(() => {
  vi.useFakeTimers();
  log = actLog();
  digest = "sha256:first";
  life = serviceLife({
    acts: actsIn({ log, clock: Date.now, onTrouble: () => undefined }),
    version: "1.2.3",
    policies: () => ({ digest }),
    trust: () => ({ digest: "sha256:trust" }),
    logger: { warn: () => undefined },
  });
});
afterEach(() => vi.useRealTimers());

const FACTS = { version: "1.2.3", policies: "sha256:first", trust: "sha256:trust" };

test("start and stop are on record, each with what is in force then", async () => {
  await life.started();
  digest = "sha256:second";
  await life.stopping();
  expect(log.acts()).toEqual([
    ["start-service", "service", FACTS],
    ["stop-service", "service", { ...FACTS, policies: "sha256:second" }],
  ]);
});

test("a start that cannot be recorded holds nothing up, and is recorded once it can be", async () => {
  log.refuses = () => true;
  await life.started();
  digest = "sha256:second";
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.acts()).toEqual([]);
  log.refuses = () => false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.acts()).toEqual([["start-service", "service", FACTS]]);
});

test("a stop that cannot be recorded stops nonetheless", async () => {
  await life.started();
  log.refuses = () => true;
  await life.stopping();
  expect(log.acts().map(([act]) => act)).toEqual(["start-service"]);
});

test("a service whose start was never recorded does not try on after it stopped", async () => {
  log.refuses = () => true;
  await life.started();
  await life.stopping();
  log.refuses = () => false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(log.acts()).toEqual([]);
});
