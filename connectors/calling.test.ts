import { describe, expect, test } from "vitest";
import { type CallBounds, DEFAULT_BOUNDS } from "./bounds.ts";
import { checkedInside, guarded } from "./calling.ts";
import { matchBy } from "./matching.ts";
import { SourceError } from "./source-error.ts";
import type {
  CallOptions,
  LookupAnswer,
  LookupQuestion,
  MatchAnswer,
  MatchQuestion,
  ResourceShape,
  Source,
} from "./source.ts";

const RESOURCE: ResourceShape = {
  id: "identity-card",
  fields: {
    code: { type: "resident-number" },
    name: { type: "name" },
    born: { type: "date" },
    state: { type: "code" },
  },
  keys: [["code"]],
};

const NOW = Date.UTC(2026, 0, 10);
const AS_OF = "2026-01-09T08:00:00+08:00";
const NEVER = new AbortController().signal;
const OPTIONS = { signal: NEVER };

const question = (more: Partial<LookupQuestion> = {}): LookupQuestion => ({
  resource: "identity-card",
  region: "340100",
  keys: { code: "11010519491231002X" },
  fields: ["name"],
  purpose: { organisation: "o", official: "f", itemCode: "i", itemName: "n", caseNumber: "c" },
  exchange: "e",
  ...more,
});

const matchQuestion = (more: Partial<MatchQuestion> = {}): MatchQuestion => {
  const { fields: _, ...asked } = question();
  return { ...asked, claims: { name: "张三" }, state: null, ...more };
};

const found = (record: Readonly<Record<string, unknown>>, more: object = {}): LookupAnswer =>
  Object.assign({ kind: "found", asOf: AS_OF, reference: "ref-1", record }, more) as LookupAnswer;

const RIGHT = found({ code: "11010519491231002x", name: "张三" });

type Fetch = (question: LookupQuestion, options: CallOptions) => Promise<LookupAnswer>;

function sourceOf(fetch: Fetch, more: Partial<Source> = {}): Source {
  return {
    describe: () => ({ kind: "http-json", host: "department.example", abilities: ["lookup"] }),
    fetch,
    health: async () => ({ status: "ready", zh: "正常。", en: "Fine." }),
    close: async () => {},
    ...more,
  };
}

function guard(fetch: Fetch, bounds: Partial<CallBounds> = {}, more: Partial<Source> = {}) {
  const at = { now: NOW };
  const source = guarded(sourceOf(fetch, more), {
    resource: RESOURCE,
    bounds: { ...DEFAULT_BOUNDS, ...bounds },
    clock: () => at.now,
  });
  return { source, at };
}

const failure = async (work: Promise<unknown>): Promise<SourceError> => {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof SourceError) return error;
  throw new Error("no SourceError", { cause: error });
};

const hanging = (): Promise<never> => new Promise(() => {});

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

describe("one flight for equal questions", () => {
  const counted = () => {
    const flights: { question: LookupQuestion; signal: AbortSignal; land: (answer: LookupAnswer) => void }[] = [];
    const guardedSource = guard((question, { signal }) => {
      const { promise, resolve } = Promise.withResolvers<LookupAnswer>();
      flights.push({ question, signal, land: resolve });
      return promise;
    });
    return { flights, ...guardedSource };
  };

  test("equal but for the exchange and the order of names: asked once", async () => {
    const { flights, source } = counted();
    const one = source.fetch(question({ fields: ["name", "born"] }), OPTIONS);
    const other = source.fetch(question({ fields: ["born", "name"], exchange: "e-2" }), OPTIONS);
    expect(flights).toHaveLength(1);
    const answer = found({ code: "11010519491231002X", name: "张三", born: "1949-12-31" });
    flights[0]?.land(answer);
    expect(await one).toEqual(answer);
    expect(await other).toEqual(answer);
    void source.fetch(question({ fields: ["name", "born"] }), OPTIONS).catch(() => {});
    expect(flights).toHaveLength(2);
  });

  test.each([
    ["region", { region: "440100" }],
    ["keys", { keys: { code: "440524188001010014" } }],
    ["fields", { fields: ["name", "born"] }],
    ["organisation", { purpose: { ...question().purpose, organisation: "other" } }],
    ["official", { purpose: { ...question().purpose, official: "other" } }],
    ["item", { purpose: { ...question().purpose, itemCode: "other" } }],
    ["case", { purpose: { ...question().purpose, caseNumber: "other" } }],
    ["text that moves between members", { purpose: { ...question().purpose, itemCode: 'i","n' } }],
  ])("another %s is another question", async (_, more) => {
    const { flights, source } = counted();
    void source.fetch(question(), OPTIONS).catch(() => {});
    void source.fetch(question(more), OPTIONS).catch(() => {});
    expect(flights).toHaveLength(2);
    await source.close();
  });

  test("a caller who leaves does not end the flight of the others", async () => {
    const { flights, source } = counted();
    const caller = new AbortController();
    const leaving = source.fetch(question(), { signal: caller.signal });
    const staying = source.fetch(question(), OPTIONS);
    caller.abort(new Error("gone home"));
    await expect(leaving).rejects.toThrow("gone home");
    expect(flights[0]?.signal.aborted).toBe(false);
    flights[0]?.land(RIGHT);
    expect(await staying).toMatchObject({ kind: "found" });
  });

  test("when all have left the flight is ended, and the next question flies anew", async () => {
    const { flights, source } = counted();
    const callers = [new AbortController(), new AbortController()];
    const answers = callers.map(({ signal }) => source.fetch(question(), { signal }));
    for (const caller of callers) caller.abort();
    for (const answer of answers) await expect(answer).rejects.toThrow("aborted");
    expect(flights[0]?.signal.aborted).toBe(true);
    const next = source.fetch(question(), OPTIONS);
    expect(flights).toHaveLength(2);
    flights[0]?.land(found({ code: "11010519491231002X", name: "too late" }));
    flights[1]?.land(RIGHT);
    expect(await next).toMatchObject({ record: { name: "张三" } });
  });

  test("a caller who was gone before asks nothing", async () => {
    const { flights, source } = counted();
    await expect(source.fetch(question(), { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    expect(flights).toHaveLength(0);
  });

  test("matches are joined by their claims", async () => {
    let asked = 0;
    const answer: MatchAnswer = { kind: "found", asOf: AS_OF, reference: "r", claims: { name: "match" }, state: null };
    const { source } = guard(
      hanging,
      {},
      {
        match: async () => {
          asked += 1;
          return answer;
        },
      },
    );
    const ask = matchBy(source, RESOURCE);
    const other = matchQuestion({ claims: { name: "李四" } });
    await Promise.all([
      ask(matchQuestion(), OPTIONS),
      ask(matchQuestion({ exchange: "e-2" }), OPTIONS),
      ask(other, OPTIONS),
    ]);
    expect(asked).toBe(2);
  });

  test("closing ends what is under way", async () => {
    const { source } = counted();
    const answer = source.fetch(question(), OPTIONS);
    await source.close();
    expect((await failure(answer)).code).toBe("SOURCE_UNAVAILABLE");
  });
});

describe.each([
  ["a source elsewhere", guarded],
  ["a source inside the gateway", checkedInside],
])("answers of %s", (_, discipline) => {
  const answering = (answer: unknown, match?: unknown) =>
    discipline(
      sourceOf(
        async () => answer as LookupAnswer,
        match === undefined ? {} : { match: async () => match as MatchAnswer },
      ),
      { resource: RESOURCE, bounds: { ...DEFAULT_BOUNDS, maxBytes: 2_000 }, clock: () => NOW },
    );
  const lookUp = (answer: unknown) => answering(answer).fetch(question(), OPTIONS);
  const code = async (answer: unknown) => (await failure(lookUp(answer))).code;

  test("the asked fields and the keys pass, nothing else", async () => {
    const answer = found(
      { code: "11010519491231002x", name: "张三", born: "1949-12-31", secret: "x" },
      { receipt: "jws", more: "x" },
    );
    expect(await lookUp(answer)).toEqual({
      kind: "found",
      asOf: AS_OF,
      reference: "ref-1",
      receipt: "jws",
      record: { code: "11010519491231002x", name: "张三" },
    });
    expect(await lookUp(found({ code: "11010519491231002X", name: null }))).toMatchObject({ record: { name: null } });
    const none = { kind: "not-found", asOf: AS_OF, reference: "r" };
    expect(await lookUp({ ...none, record: { name: "x" } })).toEqual(none);
  });

  test("another person's record is SOURCE_WRONG_RECORD and quotes nobody", async () => {
    const error = await failure(lookUp(found({ code: "440524188001010014", name: "李四" })));
    expect(error.code).toBe("SOURCE_WRONG_RECORD");
    expect(JSON.stringify([error.message, error.detail])).not.toMatch(/李四|4405|1101/);
    expect(await code(found({ code: null, name: "张三" }))).toBe("SOURCE_WRONG_RECORD");
  });

  test.each([
    ["a key is missing", found({ name: "张三" })],
    ["a field is missing", found({ code: "11010519491231002X" })],
    ["a field is only inherited", found(Object.create({ code: "11010519491231002X", name: "张三" }))],
    ["a value is no text", found({ code: "11010519491231002X", name: 3 })],
    ["there is no record", { kind: "found", asOf: AS_OF, reference: "r" }],
    ["the kind is unknown", { kind: "maybe", asOf: AS_OF, reference: "r" }],
    ["asOf is missing", found({ code: "11010519491231002X", name: null }, { asOf: undefined })],
    ["asOf is a day", found({ code: "11010519491231002X", name: null }, { asOf: "2026-01-09" })],
    ["asOf lies ahead", found({ code: "11010519491231002X", name: null }, { asOf: "2026-01-10T00:10:00Z" })],
    ["the reference is blank", found({ code: "11010519491231002X", name: null }, { reference: "" })],
    ["the reference has a line break", found({ code: "11010519491231002X", name: null }, { reference: "a\nb" })],
    ["the reference is long", found({ code: "11010519491231002X", name: null }, { reference: "r".repeat(129) })],
    ["the receipt is no text", found({ code: "11010519491231002X", name: null }, { receipt: {} })],
  ])("SOURCE_MALFORMED when %s", async (_name, answer) => {
    expect(await code(answer)).toBe("SOURCE_MALFORMED");
  });

  test("a clock a little ahead of ours is fine", async () => {
    const answer = found({ code: "11010519491231002X", name: null }, { asOf: "2026-01-10T00:04:00Z" });
    expect(await lookUp(answer)).toMatchObject({ kind: "found" });
  });

  test("texts larger than allowed are SOURCE_TOO_LARGE", async () => {
    expect(await code(found({ code: "11010519491231002X", name: "x".repeat(2_000) }))).toBe("SOURCE_TOO_LARGE");
    expect(await code(found({ code: "11010519491231002X", name: "x" }, { receipt: "r".repeat(2_001) }))).toBe(
      "SOURCE_TOO_LARGE",
    );
  });

  test("a match gives one result for each claim and the state that was asked for", async () => {
    const answer = {
      kind: "found",
      asOf: AS_OF,
      reference: "r",
      claims: { name: "match", born: "mismatch" },
      state: "current",
    };
    const ask = (answer: unknown, more: Partial<MatchQuestion> = {}) =>
      matchBy(answering(RIGHT, answer), RESOURCE)(matchQuestion(more), OPTIONS);
    expect(await ask(answer)).toEqual({ ...answer, claims: { name: "match" }, state: null });
    expect(await ask(answer, { state: "state" })).toMatchObject({ state: "current" });
    expect((await failure(ask({ ...answer, claims: {} }))).code).toBe("SOURCE_MALFORMED");
    expect((await failure(ask({ ...answer, claims: { name: "yes" } }))).code).toBe("SOURCE_MALFORMED");
    expect((await failure(ask({ ...answer, claims: null }))).code).toBe("SOURCE_MALFORMED");
    expect((await failure(ask({ ...answer, state: 1 }, { state: "state" }))).code).toBe("SOURCE_MALFORMED");
    expect(await ask({ kind: "not-found", asOf: AS_OF, reference: "r" })).toMatchObject({ kind: "not-found" });
  });
});

describe("matching by a source that does not compare", () => {
  const asked: LookupQuestion[] = [];
  const record = { code: "11010519491231002X", name: "张 三", born: "19491231", state: "current" };
  const source = sourceOf(async (question) => {
    asked.push(question);
    return found(record);
  });
  const ask = matchBy(source, RESOURCE);

  test("its fields are fetched and compared here", async () => {
    const claims = { name: "张三", born: "1950-12-31" };
    expect(await ask(matchQuestion({ claims, state: "state" }), OPTIONS)).toEqual({
      kind: "found",
      asOf: AS_OF,
      reference: "ref-1",
      claims: { name: "match", born: "mismatch" },
      state: "current",
    });
    expect(asked.at(-1)?.fields).toEqual(["name", "born", "state"]);
    expect(asked.at(-1)).not.toHaveProperty("claims");
  });

  test("no record is no match", async () => {
    const none = sourceOf(async () => ({ kind: "not-found", asOf: AS_OF, reference: "r" }));
    expect(await matchBy(none, RESOURCE)(matchQuestion(), OPTIONS)).toMatchObject({ kind: "not-found" });
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
