import { describe, expect, test } from "vitest";
import { type CallBounds } from "./bounds.ts";
import { matchBy } from "./matching.ts";
import { SourceError } from "./source-error.ts";
import type { LookupAnswer, Source } from "./source.ts";
import {
  type Fetch,
  AS_OF,
  NEVER,
  OPTIONS,
  RESOURCE,
  RIGHT,
  failure,
  found,
  guard,
  hanging,
  matchQuestion,
  question,
} from "./test-calling.ts";

describe("deadline", () => {
  test("a source that hangs and ignores its signal is SOURCE_TIMEOUT", async () => {
    const { source } = guard(hanging, { deadline: 20 });
    expect((await failure(source.fetch(question(), OPTIONS))).code).toBe("SOURCE_TIMEOUT");
  });

  test("the source is told that time is up", async () => {
    let reason: unknown = null;
    const { source } = guard(
      (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            reject(new Error("aborted"));
          });
        }),
      { deadline: 20 },
    );
    expect((await failure(source.fetch(question(), OPTIONS))).code).toBe("SOURCE_TIMEOUT");
    expect(reason).toMatchObject({ code: "SOURCE_TIMEOUT" });
  });

  test("it holds for all attempts together", async () => {
    let attempts = 0;
    const { source } = guard(
      async () => {
        attempts += 1;
        if (attempts === 1) throw new SourceError("SOURCE_UNAVAILABLE", "refused", { sent: false });
        return await hanging();
      },
      { deadline: 150 },
    );
    expect((await failure(source.fetch(question(), OPTIONS))).code).toBe("SOURCE_TIMEOUT");
    expect(attempts).toBe(2);
  });

  test("no timer outlives the answer", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const { source } = guard(async () => RIGHT, { deadline: 50_000 });
    const before = timers();
    await source.fetch(question(), OPTIONS);
    await source.health(OPTIONS);
    expect(timers()).toBe(before);
  });

  test("a match has it too", async () => {
    const { source } = guard(hanging, { deadline: 20 }, { match: hanging });
    expect((await failure(matchBy(source, RESOURCE)(matchQuestion(), OPTIONS))).code).toBe("SOURCE_TIMEOUT");
  });
});

describe("further attempts", () => {
  const failingFirst = (times: number, error: () => unknown) => {
    const calls = { count: 0 };
    const fetch: Fetch = async () => {
      calls.count += 1;
      if (calls.count <= times) throw error();
      return RIGHT;
    };
    return { calls, fetch };
  };
  const refused = () => new SourceError("SOURCE_UNAVAILABLE", "refused", { sent: false });

  test("a connection that did not come about is tried again", async () => {
    const { calls, fetch } = failingFirst(2, refused);
    const { source } = guard(fetch, { retries: 2 });
    expect(await source.fetch(question(), OPTIONS)).toMatchObject({ kind: "found" });
    expect(calls.count).toBe(3);
  });

  test("but not more often than allowed", async () => {
    const { calls, fetch } = failingFirst(9, refused);
    const { source } = guard(fetch, { retries: 1 });
    expect((await failure(source.fetch(question(), OPTIONS))).code).toBe("SOURCE_UNAVAILABLE");
    expect(calls.count).toBe(2);
  });

  test.each([
    ["a connection that broke when the question may have arrived", new SourceError("SOURCE_UNAVAILABLE", "reset")],
    ["an error of the source", new SourceError("SOURCE_FAILED", "status 500")],
    ["an address that is not allowed", new SourceError("SOURCE_ADDRESS", "metadata", { sent: false })],
  ])("%s is not asked again", async (_, error) => {
    const { calls, fetch } = failingFirst(1, () => error);
    const { source } = guard(fetch, { retries: 5 });
    expect(await failure(source.fetch(question(), OPTIONS))).toBe(error);
    expect(calls.count).toBe(1);
  });

  test("an exception in a connector is SOURCE_FAILED without its message", async () => {
    const { source } = guard(async () => {
      throw new TypeError("cannot read 张三");
    });
    const error = await failure(source.fetch(question(), OPTIONS));
    expect(error.code).toBe("SOURCE_FAILED");
    expect(`${error.message}${error.detail}`).not.toContain("张三");
  });
});

describe("circuit breaker", () => {
  const scripted = (bounds: Partial<CallBounds> = {}) => {
    const script = { calls: 0, next: async (): Promise<LookupAnswer> => RIGHT };
    const guardedSource = guard(
      () => {
        script.calls += 1;
        return script.next();
      },
      { failures: 3, pause: 10_000, retries: 0, ...bounds },
    );
    return { script, ...guardedSource };
  };
  const down = async (): Promise<LookupAnswer> => {
    throw new SourceError("SOURCE_FAILED", "status 500");
  };
  const ask = (source: Source) => source.fetch(question(), OPTIONS);

  test("a failing source is left alone, tried once after the pause, and trusted again", async () => {
    const { script, source, at } = scripted();
    script.next = down;
    for (let i = 0; i < 3; i += 1) expect((await failure(ask(source))).code).toBe("SOURCE_FAILED");
    expect(await failure(ask(source))).toMatchObject({ code: "SOURCE_SUSPENDED", retryAfter: 10_000 });
    expect(script.calls).toBe(3);

    at.now += 10_000;
    expect((await failure(ask(source))).code).toBe("SOURCE_FAILED");
    expect((await failure(ask(source))).code).toBe("SOURCE_SUSPENDED");
    expect(script.calls).toBe(4);

    at.now += 10_000;
    script.next = async () => RIGHT;
    expect(await ask(source)).toMatchObject({ kind: "found" });
    expect(await ask(source)).toMatchObject({ kind: "found" });
    expect(script.calls).toBe(6);
  });

  test("while the probe is out, another question waits its turn", async () => {
    const { script, source, at } = scripted({ deadline: 60_000 });
    script.next = down;
    for (let i = 0; i < 3; i += 1) await failure(ask(source));
    at.now += 10_000;
    const answered = Promise.withResolvers<LookupAnswer>();
    script.next = () => answered.promise;
    const probe = ask(source);
    const other = source.fetch(question({ fields: ["born"] }), OPTIONS);
    expect((await failure(other)).code).toBe("SOURCE_SUSPENDED");
    answered.resolve(RIGHT);
    expect(await probe).toMatchObject({ kind: "found" });
  });

  test("time-outs count; nonsense and ambiguous keys do not", async () => {
    const { script, source } = scripted({ deadline: 20 });
    script.next = async () => found({ code: "440524188001010014", name: "李四" });
    for (let i = 0; i < 5; i += 1) expect((await failure(ask(source))).code).toBe("SOURCE_WRONG_RECORD");
    script.next = hanging;
    for (let i = 0; i < 3; i += 1) expect((await failure(ask(source))).code).toBe("SOURCE_TIMEOUT");
    expect((await failure(ask(source))).code).toBe("SOURCE_SUSPENDED");
  });

  test("callers who give up say nothing of the source", async () => {
    const { script, source } = scripted();
    script.next = hanging;
    for (let i = 0; i < 5; i += 1) {
      const caller = new AbortController();
      const answer = source.fetch(question(), { signal: caller.signal });
      caller.abort();
      await expect(answer).rejects.toThrow("aborted");
    }
    script.next = async () => RIGHT;
    expect(await ask(source)).toMatchObject({ kind: "found" });
  });

  test("health says so, with the reason", async () => {
    const { script, source, at } = scripted();
    expect(await source.health(OPTIONS)).toMatchObject({ status: "ready" });
    script.next = down;
    await failure(ask(source));
    expect(await source.health(OPTIONS)).toMatchObject({ status: "degraded", zh: expect.stringContaining("1 次") });
    await failure(ask(source));
    await failure(ask(source));
    expect(await source.health(OPTIONS)).toMatchObject({ status: "unavailable", en: expect.stringContaining("10 s") });
    at.now += 10_000;
    expect(await source.health(OPTIONS)).toMatchObject({ status: "degraded" });
  });
});

describe("health", () => {
  test("the source's own reason is kept", async () => {
    const own = { status: "degraded", zh: "令牌即将过期。", en: "The token ends soon." } as const;
    const { source } = guard(hanging, {}, { health: async () => own });
    expect(await source.health(OPTIONS)).toEqual(own);
  });

  test.each([
    ["hangs", hanging, "未在时限内"],
    ["fails", () => Promise.reject(new SourceError("SOURCE_UNAVAILABLE", "refused")), "无法连接"],
    ["breaks", () => Promise.reject(new Error("x")), "内部错误"],
  ])("a source that %s is unavailable", async (_, health, zh) => {
    const { source } = guard(hanging, { deadline: 20 }, { health });
    expect(await source.health(OPTIONS)).toMatchObject({ status: "unavailable", zh: expect.stringContaining(zh) });
  });
});

describe("a trace", () => {
  /** A new span each time it is read, as the service makes them. */
  const traced = () => {
    let spans = 0;
    return {
      signal: NEVER,
      get traceparent() {
        spans += 1;
        return `span-${spans}`;
      },
    };
  };

  test("goes on with lookups and matches, each attempt a span of its own", async () => {
    const seen: (string | undefined)[] = [];
    const { source } = guard(
      async (_, { traceparent }) => {
        seen.push(traceparent);
        if (seen.length < 3) throw new SourceError("SOURCE_UNAVAILABLE", "refused", { sent: false });
        return RIGHT;
      },
      { retries: 2 },
      {
        match: async (_, { traceparent }) => {
          seen.push(traceparent);
          return { kind: "found", asOf: AS_OF, reference: "r", claims: { name: "match" }, state: null };
        },
      },
    );
    await source.fetch(question(), traced());
    await source.match?.(matchQuestion(), traced());
    await source.fetch(question(), OPTIONS);
    expect(seen).toEqual(["span-1", "span-2", "span-3", "span-1", undefined]);
  });

  test("of equal questions at once is that of the first", async () => {
    const seen: (string | undefined)[] = [];
    const { source } = guard(async (_, { traceparent }) => {
      seen.push(traceparent);
      await Promise.resolve();
      return RIGHT;
    });
    const asked = ["one", "two"].map((traceparent) => source.fetch(question(), { signal: NEVER, traceparent }));
    await Promise.all(asked);
    expect(seen).toEqual(["one"]);
  });
});
