import { hash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SourceErrorCode } from "#connectors/source-error.ts";
import type { AsAsked, LookupRequest, MatchRequest } from "#gateway/exchange/inquiry-request.ts";
import { Fault } from "#gateway/fault.ts";
import { ask } from "./contract-check.ts";
import { echoLookup, echoMatch, LOOKUP, MATCH, PURPOSE } from "./inquiries.ts";
import { JSON_HEADERS, readProblem, startTestService, type TestService } from "./service.ts";

const EXCHANGE = "019aa0c4-8fec-7228-858b-81eb96d713ef";
const REASON = { code: "CASE_UNKNOWN", rule: "purpose-case", zh: "没有这个办件。", en: "There is no such case." };

let service: TestService;
let authorization: Record<string, string>;
/** What the source does next: nothing special, or what a test says. */
let lookUp: (request: LookupRequest) => ReturnType<typeof echoLookup>;
const asked: AsAsked<LookupRequest | MatchRequest>[] = [];

beforeAll(async () => {
  service = await startTestService({
    lookUp: async (request) => {
      asked.push(request);
      return await lookUp(request);
    },
    match: async (request) => {
      asked.push(request);
      return await echoMatch(request);
    },
  });
  authorization = { ...(await service.token("window")), ...JSON_HEADERS };
});
afterAll(() => service.close());
beforeEach(() => {
  lookUp = echoLookup;
  asked.length = 0;
});

const post = (path: string, body: unknown): Promise<Response> =>
  ask(`${service.url}${path}`, { method: "POST", headers: authorization, body: JSON.stringify(body) });

describe("a single question", () => {
  test("a lookup reaches the exchange as it was asked, with who asks", async () => {
    const body = { ...LOOKUP, approval: EXCHANGE };
    const response = await post("/v1/lookups", body);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ outcome: "FOUND", record: { state: "state", area: "area" } });
    expect(asked).toEqual([
      {
        ...LOOKUP,
        purpose: { ...PURPOSE, consent: null },
        approval: EXCHANGE,
        caller: expect.objectContaining({ id: "anhui-window", network: "loopback", authentication: "token" }),
        asked: { target: "POST /v1/lookups", sha256: hash("sha256", JSON.stringify(body)) },
        calls: expect.objectContaining({}),
      },
    ]);
    expect(asked[0]?.calls.signal).toBeInstanceOf(AbortSignal);
  });

  test("a match too, and consent travels with it", async () => {
    const response = await post("/v1/matches", { ...MATCH, purpose: { ...PURPOSE, consent: "consent-7" } });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ outcome: "MATCHED", claims: { holderName: "match" } });
    expect(asked[0]).toMatchObject({ claims: MATCH.claims, purpose: { consent: "consent-7" }, approval: null });
  });

  test("a denial says which rule, and that it is recorded", async () => {
    lookUp = async () => ({ kind: "denied", exchange: EXCHANGE, reasons: [REASON] });
    const { status, problem } = await readProblem(await post("/v1/lookups", LOOKUP));
    expect(status).toBe(403);
    expect(problem).toEqual({
      type: "urn:tongyan:denial:CASE_UNKNOWN",
      title: REASON.en,
      status: 403,
      code: "CASE_UNKNOWN",
      verdict: "DENIED",
      reasons: [REASON],
      zh: REASON.zh,
      en: REASON.en,
      exchange: EXCHANGE,
    });
  });

  test.each([
    ["SOURCE_TIMEOUT", null, 503, "10"],
    ["SOURCE_SUSPENDED", 4200, 503, "5"],
    ["SOURCE_UNAVAILABLE", 1, 503, "1"],
    ["SOURCE_FAILED", null, 503, "10"],
    ["SOURCE_MALFORMED", null, 502, null],
    ["SOURCE_WRONG_RECORD", 5000, 502, null],
    ["SOURCE_REDIRECTED", null, 502, null],
    ["KEYS_AMBIGUOUS", null, 422, null],
  ] as const)("%s is answered as such", async (code: SourceErrorCode, retryAfter, status, header) => {
    lookUp = async () => ({ kind: "unanswered", exchange: EXCHANGE, code, retryAfter });
    const response = await post("/v1/lookups", LOOKUP);
    expect(response.headers.get("retry-after")).toBe(header);
    const { problem } = await readProblem(response);
    expect(problem).toMatchObject({ status, code, type: `urn:tongyan:source:${code}`, exchange: EXCHANGE });
    expect(problem.verdict).toBeUndefined();
  });

  test.each([
    "RESOURCE_UNKNOWN",
    "KEYS_INVALID",
    "FIELDS_INVALID",
    "NO_SOURCE",
    "QUOTA_EXCEEDED",
    "LOG_UNAVAILABLE",
  ] as const)("%s is answered as such", async (code) => {
    lookUp = () => Promise.reject(new Fault(code));
    expect((await readProblem(await post("/v1/lookups", LOOKUP))).code).toBe(code);
  });

  test("a defect is a defect, and tells nothing", async () => {
    lookUp = () => Promise.reject(new TypeError("张三 is not a function"));
    const { status, code, problem } = await readProblem(await post("/v1/lookups", LOOKUP));
    expect([status, code]).toEqual([500, "INTERNAL"]);
    expect(JSON.stringify(problem)).not.toContain("张三");
  });

  test("when the caller goes, the source is told", async () => {
    const gone = Promise.withResolvers<void>();
    lookUp = async (request) => {
      request.calls.signal.addEventListener("abort", () => gone.resolve());
      await gone.promise;
      return await echoLookup(request);
    };
    const leaving = new AbortController();
    const init = { method: "POST", headers: authorization, body: JSON.stringify(LOOKUP), signal: leaving.signal };
    const answer = fetch(`${service.url}/v1/lookups`, init).catch(() => "left");
    while (asked.length === 0) await new Promise(setImmediate);
    leaving.abort();
    expect(await answer).toBe("left");
    await gone.promise;
  });
});

describe("what does not fit the contract never gets further", () => {
  const without = (name: keyof typeof PURPOSE): object =>
    Object.fromEntries(Object.entries(PURPOSE).filter(([each]) => each !== name));

  test.each<readonly [string, unknown, string]>([
    ["an unknown member", { ...LOOKUP, verbose: true }, "body: unknown member 'verbose'"],
    ["one with another person's number for a name", { ...LOOKUP, "440524188001010014": 1 }, "body: unknown member"],
    ["claims in a lookup", { ...LOOKUP, claims: {} }, "body: unknown member 'claims'"],
    [
      "an unknown member of the purpose",
      { ...LOOKUP, purpose: { ...PURPOSE, why: "x" } },
      "body/purpose: unknown member 'why'",
    ],
    ["no organisation", { ...LOOKUP, purpose: without("organisation") }, "'organisation'"],
    ["no official", { ...LOOKUP, purpose: without("official") }, "'official'"],
    ["no item code", { ...LOOKUP, purpose: without("itemCode") }, "'itemCode'"],
    ["no item name", { ...LOOKUP, purpose: without("itemName") }, "'itemName'"],
    ["no case", { ...LOOKUP, purpose: without("caseNumber") }, "'caseNumber'"],
    ["an empty official", { ...LOOKUP, purpose: { ...PURPOSE, official: "" } }, "body/purpose/official: "],
    ["a line end in a name", { ...LOOKUP, purpose: { ...PURPOSE, itemName: "a\nb" } }, "body/purpose/itemName: "],
    [
      "a right-to-left override",
      { ...LOOKUP, purpose: { ...PURPOSE, itemName: "a\u202eb" } },
      "body/purpose/itemName: ",
    ],
    ["NUL in a key", { ...LOOKUP, keys: { certificateNumber: "\u0000" } }, "body/keys/certificateNumber: "],
    ["no keys", { ...LOOKUP, keys: {} }, "body/keys: "],
    ["keys that are a list", { ...LOOKUP, keys: ["a"] }, "body/keys: "],
    [
      "a key that is a number",
      { ...LOOKUP, keys: { certificateNumber: 1 } },
      "body/keys/certificateNumber: must be string",
    ],
    [
      "a key that is null",
      { ...LOOKUP, keys: { certificateNumber: null } },
      "body/keys/certificateNumber: must be string",
    ],
    [
      "a key of 201 characters",
      { ...LOOKUP, keys: { certificateNumber: "x".repeat(201) } },
      "body/keys/certificateNumber: ",
    ],
    ["a key with a strange name", { ...LOOKUP, keys: { "a.b": "x" } }, "body/keys: "],
    [
      "17 keys",
      { ...LOOKUP, keys: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, "x"])) },
      "body/keys: ",
    ],
    ["no fields", { ...LOOKUP, fields: [] }, "body/fields: "],
    ["a field twice", { ...LOOKUP, fields: ["state", "state"] }, "body/fields: "],
    ["a field that is a pattern", { ...LOOKUP, fields: ["*"] }, "body/fields/0: "],
    ["65 fields", { ...LOOKUP, fields: Array.from({ length: 65 }, (_, at) => `f${at}`) }, "body/fields: "],
    ["fields as text", { ...LOOKUP, fields: "state" }, "body/fields: must be array"],
    ["a region as a number", { ...LOOKUP, region: 340100 }, "body/region: must be string"],
    ["a region of five digits", { ...LOOKUP, region: "34010" }, "body/region: "],
    ["a region in full-width digits", { ...LOOKUP, region: "３４０１００" }, "body/region: "],
    ["a resource that is a path", { ...LOOKUP, resource: "../secrets" }, "body/resource: "],
    ["an approval that is none", { ...LOOKUP, approval: "1" }, "body/approval: "],
    ["a list", [LOOKUP], "body: must be object"],
    ["null", null, "body: must be object"],
  ])("%s", async (_what, body, detail) => {
    const { status, code, problem } = await readProblem(await post("/v1/lookups", body));
    expect([status, code]).toEqual([400, "INVALID_REQUEST"]);
    expect(problem.detail).toContain(detail);
    expect(problem.detail).not.toMatch(/440524188001010014/);
    expect(asked).toEqual([]);
  });

  test("what just fits is let through", async () => {
    const keys = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`k${at}`, "x".repeat(200)]));
    const fields = Array.from({ length: 64 }, (_, at) => `f${at}`);
    const purpose = { ...PURPOSE, official: "张三（代）", caseNumber: "皖自然资〔2026〕1号" };
    expect((await post("/v1/lookups", { ...LOOKUP, keys, fields, purpose, region: "000000" })).status).toBe(200);
  });
});

describe("a batch", () => {
  const part = (id: string, members: object = {}) => {
    const { purpose: _, ...request } = LOOKUP;
    return { id, ...request, ...members };
  };
  const batch = (...requests: readonly unknown[]) => ({ purpose: PURPOSE, requests });
  type Part = { id: string; status: number; answer?: { record: unknown }; problem?: { code: string } };
  type Answer = { complete: boolean; missing: string[]; parts: Part[] };
  const parts = async (response: Response): Promise<Answer> => (await response.json()) as Answer;

  test("its parts come back in the order asked, each as it would have alone", async () => {
    lookUp = async (request) => {
      const [number] = Object.values(request.keys);
      if (number === "late") await new Promise((resolve) => setTimeout(resolve, 50));
      if (number === "denied") return { kind: "denied", exchange: EXCHANGE, reasons: [REASON] };
      if (number === "down") {
        return { kind: "unanswered", exchange: EXCHANGE, code: "SOURCE_TIMEOUT", retryAfter: null };
      }
      if (number === "unfit") throw new Fault("KEYS_INVALID", "keys: not well-formed");
      if (number === "broken") throw new TypeError("张三");
      return await echoLookup(request);
    };
    const keys = ["late", "denied", "fine", "down", "unfit", "broken", "fine too"];
    const requests = keys.map((certificateNumber, at) => part(`p${at}`, { keys: { certificateNumber } }));
    const whole = batch(...requests);
    const response = await post("/v1/lookups/batch", whole);
    expect(response.status).toBe(200);
    const sha256 = hash("sha256", JSON.stringify(whole));
    expect(asked.map((each) => each.asked).slice(0, 2)).toEqual([
      { target: "POST /v1/lookups/batch#p0", sha256 },
      { target: "POST /v1/lookups/batch#p1", sha256 },
    ]);
    const answer = await parts(response);
    expect(answer).toMatchObject({ complete: false, missing: ["p1", "p3", "p4", "p5"] });
    expect(answer.parts.map(({ id, status, problem }) => [id, status, problem?.code])).toEqual([
      ["p0", 200, undefined],
      ["p1", 403, "CASE_UNKNOWN"],
      ["p2", 200, undefined],
      ["p3", 503, "SOURCE_TIMEOUT"],
      ["p4", 422, "KEYS_INVALID"],
      ["p5", 500, "INTERNAL"],
      ["p6", 200, undefined],
    ]);
    expect(JSON.stringify(answer)).not.toContain("张三");
  });

  test("a thousand of them, sixteen at a time", async () => {
    let running = 0;
    let most = 0;
    lookUp = async (request) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return await echoLookup(request);
    };
    const requests = Array.from({ length: 1000 }, (_, at) => part(`p${at}`, { fields: [`f${at}`] }));
    const answer = await parts(await post("/v1/lookups/batch", batch(...requests)));
    expect(answer).toMatchObject({ complete: true, missing: [] });
    expect(answer.parts.map(({ answer }) => answer?.record)).toEqual(
      requests.map((_, at) => ({ [`f${at}`]: `f${at}` })),
    );
    expect(most).toBe(16);
    expect(asked.every((request) => request.purpose.caseNumber === PURPOSE.caseNumber)).toBe(true);
  });

  test("matches in the same way", async () => {
    const { purpose: _, ...request } = MATCH;
    const answer = await parts(
      await post("/v1/matches/batch", batch({ id: "a", ...request }, { id: "b", ...request })),
    );
    expect(answer).toMatchObject({
      complete: true,
      parts: [
        { id: "a", status: 200 },
        { id: "b", status: 200 },
      ],
    });
  });

  test.each<readonly [string, unknown, string]>([
    ["the same name twice", batch(part("a"), part("b"), part("a")), "body/requests/2/id: is there twice"],
    ["no parts", batch(), "body/requests: "],
    ["1001 parts", batch(...Array.from({ length: 1001 }, (_, at) => part(`p${at}`))), "body/requests: "],
    [
      "a part with a purpose of its own",
      batch(part("a", { purpose: PURPOSE })),
      "body/requests/0: unknown member 'purpose'",
    ],
    ["one that does not fit", batch(part("a"), part("b", { region: "x" })), "body/requests/1/region: "],
    ["no purpose", { requests: [part("a")] }, "'purpose'"],
  ])("%s is refused whole", async (_what, body, detail) => {
    const { status, code, problem } = await readProblem(await post("/v1/lookups/batch", body));
    expect([status, code]).toEqual([400, "INVALID_REQUEST"]);
    expect(problem.detail).toContain(detail);
    expect(asked).toEqual([]);
  });
});
