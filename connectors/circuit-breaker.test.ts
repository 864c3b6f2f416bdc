import { expect, test } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { SourceError } from "./source-error.ts";

function scene(failures = 3) {
  const at = { now: 1_000_000 };
  const breaker = new CircuitBreaker({ failures, pause: 10_000, clock: () => at.now });
  const refusal = (): SourceError | null => {
    try {
      breaker.enter().abandoned();
      return null;
    } catch (error) {
      if (error instanceof SourceError) return error;
      throw error;
    }
  };
  const failing = (times: number) => {
    for (let i = 0; i < times; i += 1) breaker.enter().failed();
  };
  return { breaker, at, refusal, failing };
}

test("it opens after failures in a row, not before", () => {
  const { breaker, refusal, failing } = scene();
  failing(2);
  breaker.enter().succeeded();
  failing(2);
  expect(refusal()).toBeNull();
  expect(breaker.state).toEqual({ kind: "closed", failures: 2 });
  failing(1);
  expect(breaker.state).toEqual({ kind: "open", until: 1_010_000 });
  expect(refusal()).toMatchObject({ code: "SOURCE_SUSPENDED", retryAfter: 10_000 });
});

test("the wait that is told gets shorter", () => {
  const { at, refusal, failing } = scene();
  failing(3);
  at.now += 9_999;
  expect(refusal()?.retryAfter).toBe(1);
});

test("after the pause there is one probe at a time, and its success closes it", () => {
  const { breaker, at, refusal, failing } = scene();
  failing(3);
  at.now += 10_000;
  expect(breaker.state.kind).toBe("half-open");
  const probe = breaker.enter();
  expect(refusal()).toMatchObject({ code: "SOURCE_SUSPENDED", retryAfter: 1_000 });
  probe.succeeded();
  expect(breaker.state).toEqual({ kind: "closed", failures: 0 });
  expect(refusal()).toBeNull();
});

test("a probe that fails opens it for another pause", () => {
  const { breaker, at, refusal, failing } = scene();
  failing(3);
  at.now += 10_000;
  breaker.enter().failed();
  expect(breaker.state).toEqual({ kind: "open", until: at.now + 10_000 });
  expect(refusal()).not.toBeNull();
  at.now += 10_000;
  breaker.enter().succeeded();
  expect(breaker.state.kind).toBe("closed");
});

test("a probe that was given up leaves room for the next", () => {
  const { breaker, at, refusal, failing } = scene();
  failing(3);
  at.now += 10_000;
  breaker.enter().abandoned();
  expect(breaker.state.kind).toBe("half-open");
  expect(refusal()).toBeNull();
});

test("calls that began before it opened neither close it nor end a probe", () => {
  const { breaker, at, refusal, failing } = scene();
  const [late, later, latest] = [breaker.enter(), breaker.enter(), breaker.enter()];
  failing(3);
  late.succeeded();
  expect(breaker.state.kind).toBe("open");
  at.now += 10_000;
  breaker.enter();
  later.abandoned();
  latest.failed();
  expect(breaker.state.kind).toBe("half-open");
  expect(refusal()?.code).toBe("SOURCE_SUSPENDED");
});
