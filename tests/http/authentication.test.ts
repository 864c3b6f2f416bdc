import { createHash, createHmac, randomUUIDv7 } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { craft, hmacWith } from "#gateway/clients/test-clients.ts";
import type { VerificationRequest } from "#gateway/exchange/verification.ts";
import { readContract } from "#gateway/http/routes.ts";
import { CLIENTS, LEGACY_SECRET } from "./clients.ts";
import { ask } from "./contract-check.ts";
import { LOOKUP, PURPOSE } from "./inquiries.ts";
import { openSocket, rawAnswer } from "./raw-request.ts";
import { JSON_HEADERS, OFD_HEADERS, readProblem, startTestService, type TestService } from "./service.ts";

let service: TestService;
const lines: string[] = [];
beforeAll(async () => {
  service = await startTestService({ lines });
});
afterAll(() => service.close());

const WHOLE = JSON.stringify(LOOKUP);
const lookUp = (headers: Record<string, string>, body = WHOLE): Promise<Response> =>
  ask(`${service.url}/v1/lookups`, { method: "POST", headers: { ...JSON_HEADERS, ...headers }, body });

type Security = readonly object[];
type Operation = { readonly operationId: string; readonly security?: Security };

/** Every operation of the contract, with a path that fits its template. */
function operationsWhere(fits: (security: Security) => boolean): (readonly [method: string, path: string])[] {
  const { paths, security } = readContract();
  return Object.entries(paths).flatMap(([template, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      if (!(operation as Operation).operationId || !fits((operation as Operation).security ?? security)) return [];
      return [
        [
          method.toUpperCase(),
          template
            .replace("{id}", randomUUIDv7())
            .replace("{approval}", randomUUIDv7())
            .replaceAll(/\{\w+\}/g, "some"),
        ],
      ];
    }),
  );
}
const isOptional = (security: Security): boolean => security.some((scheme) => Object.keys(scheme).length === 0);

describe("who asks has to be known", () => {
  test.each(operationsWhere((security) => security.length > 0 && !isOptional(security)))(
    "%s %s",
    async (method, path) => {
      const response = await ask(service.url + path, { method });
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await readProblem(response)).toMatchObject({ status: 401, code: "AUTHENTICATION_REQUIRED" });
    },
  );

  test("before any of a body is sent", async () => {
    const head = [
      "POST /v1/lookups HTTP/1.1",
      "Host: 127.0.0.1",
      "Content-Type: application/json",
      "Content-Length: 9000",
      "",
      "",
    ];
    expect(await rawAnswer(openSocket(service.port, ...head))).toMatchObject({
      status: 401,
      code: "AUTHENTICATION_REQUIRED",
    });
  });

  test("and is, with a token", async () => {
    expect((await lookUp(await service.token("window"))).status).toBe(200);
  });

  test("the log names the client and the exchange, nothing of the question", async () => {
    lines.length = 0;
    const { exchange } = (await (await lookUp(await service.token("window"))).json()) as { exchange: { id: string } };
    const line = lines.find((each) => each.includes("/v1/lookups")) ?? "{}";
    expect(JSON.parse(line)).toMatchObject({
      client: "anhui-window",
      exchange: exchange.id,
      result: "FOUND",
      status: 200,
    });
    expect(lines.join("")).not.toMatch(/clerk-01|20261120|皖|Bearer/);
  });
});

describe("bad credentials are never taken for none", () => {
  const expired = craft({ alg: "EdDSA", typ: "at+jwt" }, { iss: "x" }, () => Buffer.alloc(64));
  const bare = craft({ alg: "none", typ: "at+jwt" }, { sub: "anhui-window" }, () => Buffer.alloc(0));
  const confused = craft({ alg: "HS256", typ: "at+jwt" }, { sub: "anhui-window" }, hmacWith("public"));

  test.each([
    ["Bearer", "Bearer"],
    ["nothing behind it", "Bearer "],
    ["no token at all", "Bearer x"],
    ["another scheme", "Basic YTpi"],
    ["another signature", `Bearer ${expired}`],
    ["alg none", `Bearer ${bare}`],
    ["a shared key", `Bearer ${confused}`],
    ["a token of five thousand characters", `Bearer ${"x".repeat(5000)}`],
  ])("%s", async (_what, authorization) => {
    for (const [path, init] of [
      ["/v1/lookups", { method: "POST", headers: { ...JSON_HEADERS, authorization }, body: WHOLE }],
      ["/v1/verifications", { method: "POST", headers: { ...OFD_HEADERS, authorization }, body: "some" }],
      ["/v1/catalogue", { headers: { authorization } }],
    ] as const) {
      const response = await ask(service.url + path, init);
      expect(response.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
      expect(await readProblem(response)).toMatchObject({ status: 401, code: "TOKEN_INVALID" });
    }
  });

  test("where nobody is asked who they are, they are not looked at", async () => {
    const headers = { authorization: "Bearer x" };
    for (const path of ["/health/live", "/health/ready", "/openapi.json", "/.well-known/jwks.json"]) {
      expect((await ask(service.url + path, { headers })).status).toBe(200);
    }
  });

  test("two kinds at once", async () => {
    const token = await service.token("window");
    const response = await lookUp({ ...token, gjzwfwpt_rid: "legacy-window" });
    expect((await readProblem(response)).code).toBe("INVALID_REQUEST");
  });
});

describe("somebody elsewhere without a name", () => {
  const head = (...more: readonly string[]): string[] => [
    "POST /v1/verifications HTTP/1.1",
    "Host: 127.0.0.1",
    "X-Forwarded-For: 203.0.113.7",
    "Content-Type: application/ofd",
    ...more,
    "",
    "",
  ];

  test("is denied a verification without its document being read", async () => {
    const socket = openSocket(service.port, ...head("Content-Length: 9000"));
    const answer = await rawAnswer(socket);
    expect(answer).toMatchObject({ status: 403, code: "REMOTE_CALLER" });
    expect(answer.text).toContain('"verdict":"DENIED"');
  });

  test("so is one in the older version of HTTP, as proxies speak it without a word of theirs", async () => {
    const lines = [
      "POST /v1/verifications HTTP/1.0",
      `Host: 127.0.0.1:${service.port}`,
      "Content-Type: application/ofd",
    ];
    const answer = await rawAnswer(openSocket(service.port, ...lines, "Content-Length: 4", "", "some"));
    expect(answer.text).toMatch(/ 403 [\s\S]*REMOTE_CALLER/);
    const local = lines.with(0, "POST /v1/verifications HTTP/1.1");
    expect((await rawAnswer(openSocket(service.port, ...local, "Content-Length: 4", "", "some"))).status).toBe(200);
  });

  test("and can go on sending, and still read the answer", async () => {
    const socket = openSocket(service.port, ...head("Transfer-Encoding: chunked"));
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const answered = rawAnswer(socket);
    for (let sent = 0; sent < 16; sent += 1) socket.write(chunk);
    expect(await answered).toMatchObject({ status: 403 });
  });

  test("with a token the same request is served", async () => {
    const headers = { ...OFD_HEADERS, "x-forwarded-for": "203.0.113.7", ...(await service.token("window")) };
    expect((await ask(`${service.url}/v1/verifications`, { method: "POST", headers, body: "some" })).status).toBe(200);
  });
});

describe("headers of the national platforms", () => {
  type Signed = {
    readonly rid?: string;
    readonly sid?: string;
    readonly body?: string | null;
    readonly family?: string;
  };
  let sent = Date.now() - 60_000;

  /** Signed as the published rule says; each call with a time of its own, so that none is a replay. */
  function legacy({ rid = "legacy-window", sid = LOOKUP.resource, body = WHOLE, family = "gjzwfwpt" }: Signed = {}) {
    sent += 1;
    const rtime = String(sent);
    const digest = body === null ? "" : `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    const sign = createHmac("sha256", LEGACY_SECRET).update(`${sid}${rid}${rtime}${digest}`).digest("base64");
    const named = { rid, sid, rtime, sign };
    const headers = Object.fromEntries(Object.entries(named).map(([part, value]) => [`${family}_${part}`, value]));
    return { ...headers, ...(body !== null && { "content-digest": digest }) };
  }

  test.each(["gjzwfwpt", "gjgxjhpt"])("%s with a body digest", async (family) => {
    expect((await lookUp(legacy({ family }))).status).toBe(200);
  });

  test("without one, for a client that may", async () => {
    expect((await lookUp(legacy({ rid: CLIENTS.bare.id, body: null }))).status).toBe(200);
    expect((await readProblem(await lookUp(legacy({ body: null })))).code).toBe("SIGNATURE_INVALID");
  });

  test.each([
    [
      "another body than was signed",
      legacy({ body: WHOLE }),
      WHOLE.replace("clerk-01", "clerk-02"),
      "SIGNATURE_INVALID",
    ],
    [
      "another secret",
      { ...legacy(), gjzwfwpt_sign: createHmac("sha256", "x").update("y").digest("base64") },
      WHOLE,
      "SIGNATURE_INVALID",
    ],
    ["another resource than was signed", legacy({ sid: "marriage-record" }), WHOLE, "SIGNATURE_INVALID"],
    [
      "a part missing",
      Object.fromEntries(Object.entries(legacy()).filter(([name]) => name !== "gjzwfwpt_rtime")),
      WHOLE,
      "SIGNATURE_INVALID",
    ],
  ])("%s", async (_what, headers, body, code) => {
    expect((await readProblem(await lookUp(headers as Record<string, string>, body))).code).toBe(code);
  });

  test("once, and not again", async () => {
    const headers = legacy();
    expect((await lookUp(headers)).status).toBe(200);
    const again = await lookUp(headers);
    expect(again.headers.get("www-authenticate")).toContain("Bearer");
    expect(await readProblem(again)).toMatchObject({ status: 401, code: "REPLAYED" });
  });

  test("for every part of a batch", async () => {
    const { purpose: _, ...part } = LOOKUP;
    const batch = (...resources: readonly string[]): string =>
      JSON.stringify({
        purpose: PURPOSE,
        requests: resources.map((resource, at) => Object.assign({ id: `p${at}` }, part, { resource })),
      });
    const post = (body: string): Promise<Response> =>
      ask(`${service.url}/v1/lookups/batch`, {
        method: "POST",
        headers: { ...JSON_HEADERS, ...legacy({ body }) },
        body,
      });
    expect((await post(batch(LOOKUP.resource, LOOKUP.resource))).status).toBe(200);
    expect((await readProblem(await post(batch(LOOKUP.resource, "marriage-record")))).code).toBe("SIGNATURE_INVALID");
  });

  test("not where no resource is asked about", async () => {
    const response = await ask(`${service.url}/v1/approvals`, { headers: legacy({ body: "" }) });
    expect(await readProblem(response)).toMatchObject({ status: 401, code: "AUTHENTICATION_REQUIRED" });
    const headers = { ...OFD_HEADERS, ...legacy({ body: "some" }) };
    const verified = await ask(`${service.url}/v1/verifications`, { method: "POST", headers, body: "some" });
    expect((await readProblem(verified)).code).toBe("SIGNATURE_INVALID");
  });
});

describe("a verification that names a register", () => {
  const seen: VerificationRequest[] = [];
  let other: TestService;
  beforeAll(async () => {
    other = await startTestService({
      verify: async (request) => {
        seen.push(request);
        return { kind: "denied", exchange: randomUUIDv7(), reasons: [] };
      },
    });
  });
  afterAll(() => other.close());

  const { organisation, official, itemCode, itemName, caseNumber } = PURPOSE;
  const elements = { organisation, official, itemCode, itemName, caseNumber };
  const verify = (query: Record<string, string>): Promise<Response> =>
    ask(`${other.url}/v1/verifications?${new URLSearchParams(query)}`, {
      method: "POST",
      headers: OFD_HEADERS,
      body: "some",
    });

  test("takes the five elements with it", async () => {
    await verify({ resource: "real-estate-certificate", region: "340100", consent: "c-1", ...elements });
    expect(seen.at(-1)?.register).toEqual({
      resource: "real-estate-certificate",
      region: "340100",
      purpose: { ...elements, consent: "c-1" },
    });
    await verify({ resource: "real-estate-certificate", ...elements });
    expect(seen.at(-1)?.register).toMatchObject({ region: null, purpose: { consent: null } });
    await verify({});
    expect(seen.at(-1)?.register).toBeNull();
  });

  test.each(Object.keys(elements))("needs %s", async (name) => {
    const rest = Object.fromEntries(Object.entries(elements).filter(([each]) => each !== name));
    const { code, problem } = await readProblem(await verify({ resource: "real-estate-certificate", ...rest }));
    expect([code, problem.detail]).toEqual(["INVALID_REQUEST", `query/${name}: 'resource' needs it`]);
  });

  test.each([...Object.entries(elements), ["region", "340100"], ["consent", "c-1"]])(
    "%s alone asks nothing",
    async (name, value) => {
      const { code, problem } = await readProblem(await verify({ [name]: value }));
      expect([code, problem.detail]).toEqual(["INVALID_REQUEST", `query/${name}: only beside 'resource'`]);
    },
  );
});
