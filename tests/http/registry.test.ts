import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "#gateway/clients/test-clients.ts";
import { CLIENTS } from "./clients.ts";
import { ask } from "./contract-check.ts";
import { EXCHANGE } from "./memory-administration.ts";
import { JSON_HEADERS, readProblem, startTestService, type TestService } from "./service.ts";

let service: TestService;
let operator: Record<string, string>;
beforeAll(async () => {
  service = await startTestService();
  operator = { ...JSON_HEADERS, ...(await service.token("operator")) };
});
afterAll(() => service.close());

const at = (path: string): string => `${service.url}${path}`;
const get = (path: string): Promise<Response> => ask(at(path), { headers: operator });
const put = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  ask(at(path), { method: "PUT", headers: { ...operator, ...headers }, body: JSON.stringify(body) });
const remove = (path: string, headers: Record<string, string> = {}): Promise<Response> => {
  const { authorization = "" } = operator;
  return ask(at(path), { method: "DELETE", headers: { authorization, ...headers } });
};

const RESOURCE = {
  id: "mining-licence",
  zh: "采矿许可证",
  en: "Mining licence",
  provider: { code: "11340000MB0E00011X", name: "示例省自然资源厅" },
  sharing: { kind: "conditional", conditions: "仅限矿业权登记。" },
  classification: "general",
  updateFrequency: "daily",
  fields: {
    licenceNumber: { zh: "证号", en: "Number", type: "certificate-number", classification: "public" },
    state: { zh: "状态", en: "State", type: "code", classification: "public" },
  },
  keys: [["licenceNumber"]],
  sources: { "340000": "anhui-mining", "000000": "national-mining" },
  licence: null,
};
const ITEM = {
  code: "MNR-1161-10",
  zh: "采矿权变更",
  en: "Change",
  aliases: [],
  group: "mining",
  uses: { "mining-licence": ["state"] },
};
const GRANT = {
  id: "grant-1",
  organisation: "11340000MB0E00011X",
  resource: "mining-licence",
  fields: ["state"],
  items: ["MNR-1161-10"],
  from: "2026-01-01T00:00:00Z",
  until: "2027-01-01T00:00:00+08:00",
  perDay: null,
  basis: "《示例办法》第一条",
  scene: "变更登记",
  suspended: false,
};
const SOURCE = {
  id: "anhui-mining",
  resource: "mining-licence",
  zh: "安徽矿业权",
  en: "Anhui",
  settings: { kind: "table", columns: [] },
};
const CLIENT = {
  ...CLIENTS.window,
  id: "new-window",
  keys: [makeKey("ES256").jwk, makeKey("EdDSA").jwk, makeKey("RS256").jwk],
};

const KINDS = [
  ["/v1/catalogue", "mining-licence", RESOURCE],
  ["/v1/items", "MNR-1161-10", ITEM],
  ["/v1/clients", "new-window", CLIENT],
  ["/v1/grants", "grant-1", GRANT],
  ["/v1/sources", "anhui-mining", SOURCE],
] as const;

describe.each(KINDS)("%s", (path, id, entry) => {
  const place = `${path}/${id}`;

  test("is entered, read, listed, replaced and taken out", async () => {
    expect(await readProblem(await get(place))).toMatchObject({ status: 404, code: "ENTRY_UNKNOWN" });
    const entered = await put(place, entry, { "if-none-match": "*" });
    expect([entered.status, entered.headers.get("etag")]).toEqual([200, '"1"']);
    expect(entered.headers.get("tongyan-exchange")).toBe(EXCHANGE);
    const read = await get(place);
    expect(read.headers.get("etag")).toBe('"1"');
    expect(await read.json()).toMatchObject({ entry, version: 1 });
    expect(await (await get(path)).json()).toMatchObject({ entries: [{ entry }], next: null });
    expect((await readProblem(await put(place, entry, { "if-none-match": "*" }))).code).toBe("ENTRY_CHANGED");
    expect((await put(place, entry, { "if-match": '"1"' })).headers.get("etag")).toBe('"2"');
    expect(await readProblem(await put(place, entry, { "if-match": '"1"' }))).toMatchObject({
      status: 412,
      code: "ENTRY_CHANGED",
    });
    expect((await readProblem(await remove(place, { "if-match": '"1"' }))).code).toBe("ENTRY_CHANGED");
    const removed = await remove(place, { "if-match": '"2"' });
    expect([removed.status, removed.headers.get("tongyan-exchange")]).toEqual([204, EXCHANGE]);
    expect((await readProblem(await remove(place))).code).toBe("ENTRY_UNKNOWN");
  });

  test.each<readonly [string, unknown, string]>([
    ["an unknown member", { ...entry, verbose: true }, "body: unknown member 'verbose'"],
    ["a member missing", Object.fromEntries(Object.entries(entry).slice(1)), "required property"],
    ["another type", { ...entry, [Object.keys(entry)[0] ?? ""]: 1 }, "must be string"],
    ["a list", [entry], "body: must be object"],
  ])("%s is refused", async (_what, body, detail) => {
    const { code, problem } = await readProblem(await put(place, body));
    expect(code).toBe("INVALID_REQUEST");
    expect(problem.detail).toContain(detail);
  });

  test.each(["1", '"0"', 'W/"1"', '"1", "2"', "*", '"x"'])("If-Match: %s", async (version) => {
    const { code, problem } = await readProblem(await put(place, entry, { "if-match": version }));
    expect([code, problem.detail?.slice(0, 15)]).toEqual(["INVALID_REQUEST", "header/if-match"]);
  });

  test("two conditions at once", async () => {
    const response = await put(place, entry, { "if-match": '"1"', "if-none-match": "*" });
    expect((await readProblem(response)).code).toBe("INVALID_REQUEST");
  });

  test.each(["Some", "a/b", "%2e%2e", "a".repeat(70), "张三", "-a"])("an identifier that is none: %s", async (name) => {
    const { status } = await readProblem(await get(`${path}/${name}`));
    expect([400, 404]).toContain(status);
  });
});

describe("keys of clients", () => {
  const [key] = CLIENT.keys;
  test.each([
    ["a private one", { ...makeKey("ES256").privateJwk }],
    ["a shared one", { kty: "oct", kid: "k", alg: "HS256", k: "c2VjcmV0" }],
    ["one without a name", { ...key, kid: undefined }],
    ["one for another algorithm", { ...key, alg: "none" }],
    ["one with a certificate", { ...key, x5u: "https://evil.example" }],
  ])("%s", async (_what, jwk) => {
    const { code } = await readProblem(await put("/v1/clients/new-window", { ...CLIENT, keys: [jwk] }));
    expect(code).toBe("INVALID_REQUEST");
  });
});

describe("pages", () => {
  beforeAll(async () => {
    for (const id of ["a1", "b2", "c3"]) await put(`/v1/grants/${id}`, { ...GRANT, id });
  });

  test("go on where the last one ended", async () => {
    const first = (await (await get("/v1/grants?limit=2")).json()) as { entries: object[]; next: string };
    expect([first.entries.length, first.next]).toEqual([2, "b2"]);
    const rest = (await (await get(`/v1/grants?limit=2&after=${first.next}`)).json()) as typeof first;
    expect([rest.entries.length, rest.next]).toEqual([1, null]);
  });

  test("history too, by number", async () => {
    const { changes, next } = (await (await get("/v1/history?limit=1")).json()) as { changes: object[]; next: string };
    expect([changes.length, next]).toEqual([1, "1"]);
    expect(await (await get(`/v1/history?after=${next}&limit=1`)).json()).toMatchObject({
      changes: [{ sequence: 2, by: "operator" }],
    });
  });

  test.each([
    "limit=0",
    "limit=1001",
    "limit=-1",
    "limit=1e2",
    "limit=",
    "limit=01",
    "limit=1&limit=2",
    "after=",
    "after=%00",
    "page=2",
  ])("?%s", async (query) => {
    expect((await readProblem(await get(`/v1/grants?${query}`))).code).toBe("INVALID_REQUEST");
  });

  test.each(["after=a", "after=-1", "after=1.5", "after=99999999999999999999"])("history?%s", async (query) => {
    expect((await readProblem(await get(`/v1/history?${query}`))).code).toBe("INVALID_REQUEST");
  });
});

describe("cases", () => {
  test("are those of the caller's organisation", async () => {
    const path = `/v1/cases/${encodeURIComponent("皖自然资〔2026〕1号")}`;
    const entered = await put(path, { item: "MNR-1161-10", state: "open" });
    expect([entered.headers.get("etag"), entered.headers.get("tongyan-exchange")]).toEqual(['"1"', null]);
    const entry = {
      number: "皖自然资〔2026〕1号",
      organisation: "11340000MB0E00011X",
      item: "MNR-1161-10",
      state: "open",
    };
    expect(await (await get(path)).json()).toMatchObject({ entry });
    expect(
      (await readProblem(await put(path, { item: "MNR-1161-10", state: "closed" }, { "if-match": '"7"' }))).status,
    ).toBe(412);
  });

  test("their numbers may be as long as they come", async () => {
    const path = `/v1/cases/${encodeURIComponent("号".repeat(64))}`;
    expect((await put(path, { item: "MNR-1161-10", state: "open" })).status).toBe(200);
    const { status } = await readProblem(await get(`/v1/cases/${encodeURIComponent("号".repeat(65))}`));
    expect(status).toBe(400);
  });

  test.each([
    ["another organisation", { item: "MNR-1161-10", state: "open", organisation: "11440000MB0E0002XC" }],
    ["another state", { item: "MNR-1161-10", state: "half-open" }],
    ["no item", { state: "open" }],
  ])("%s is refused", async (_what, body) => {
    expect((await readProblem(await put("/v1/cases/1", body))).code).toBe("INVALID_REQUEST");
  });
});

test("a decision on an approval names where it is on record", async () => {
  const { authorization } = await service.token("operator");
  const decided = await ask(at(`/v1/approvals/${EXCHANGE}`), {
    method: "POST",
    headers: { ...JSON_HEADERS, authorization },
    body: JSON.stringify({ decision: "approve", official: "wang" }),
  });
  expect([decided.status, decided.headers.get("tongyan-exchange")]).toEqual([204, EXCHANGE]);
});
