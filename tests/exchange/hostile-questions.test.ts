import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, codeOf, exchangeOf, type Gateway, recordIn } from "./gateway.ts";
import { ABOUT_TITLE, PURPOSES } from "./questions.ts";
import { PER_DAY, startScene } from "./scene.ts";
import type { SeededService } from "./seeded-service.ts";

let service: SeededService;
let gateway: Gateway;

beforeAll(async () => {
  service = await startScene();
  gateway = service.gateway;
});
afterAll(async () => await service.close());

const LOOKUP = { ...ABOUT_TITLE, fields: ["state"], purpose: PURPOSES.anhuiMortgage };
const lookUp = (changes: object, client = "anhui-window"): Promise<Answer> =>
  gateway.post(client, "/v1/lookups", { ...LOOKUP, ...changes });
const match = (changes: object): Promise<Answer> => {
  const { fields: _, ...rest } = LOOKUP;
  return gateway.post("anhui-window", "/v1/matches", { ...rest, ...changes });
};
const purpose = (changes: object) => ({ purpose: { ...PURPOSES.anhuiMortgage, ...changes } });

describe("what cannot be asked", () => {
  test.each<readonly [string, object, readonly [number, string]]>([
    ["a resource that the catalogue does not have", { resource: "salaries" }, [404, "RESOURCE_UNKNOWN"]],
    ["a resource by the name of what all objects have", { resource: "constructor" }, [404, "RESOURCE_UNKNOWN"]],
    ["a field that the resource does not have", { fields: ["salary"] }, [422, "FIELDS_INVALID"]],
    ["a field by the name of what all objects have", { fields: ["toString"] }, [422, "FIELDS_INVALID"]],
    ["no key of the resource", { keys: { holderName: "张三" } }, [422, "KEYS_INVALID"]],
    ["a key too many", { keys: { ...ABOUT_TITLE.keys, unitNumber: "U" } }, [422, "KEYS_INVALID"]],
    ["a key of spaces", { keys: { certificateNumber: " " } }, [422, "KEYS_INVALID"]],
    ["a region without a source", { region: "110000" }, [404, "NO_SOURCE"]],
    ["an unknown member", { sudo: true }, [400, "INVALID_REQUEST"]],
    ["a number for a text", { region: 340100 }, [400, "INVALID_REQUEST"]],
    [
      "a member of the purpose too few",
      { purpose: { ...PURPOSES.anhuiMortgage, official: undefined } },
      [400, "INVALID_REQUEST"],
    ],
  ])("%s", async (_what, changes, expected) => {
    expect(codeOf(await lookUp(changes))).toEqual(expected);
  });

  test.each<readonly [string, object]>([
    ["a resident number with a wrong check digit", { holderCode: "110105194912310021" }],
    ["a resident number of a day that never was", { holderCode: "11010519490231002X" }],
    ["a credit code with a wrong check digit", { holderCode: "11340000MB0E000119" }],
    ["a date that never was", { registeredOn: "2026-02-30" }],
    ["an area in words", { area: "八十九点五" }],
    ["a telephone number in words", { contactPhone: "call me" }],
    ["a flag that is none", { mortgaged: "maybe" }],
  ])("a claim of %s", async (_what, claims) => {
    expect(codeOf(await match({ claims }))).toEqual([422, "KEYS_INVALID"]);
  });

  test("the same claims, well-formed, are answered", async () => {
    const claims = { holderCode: "11010519491231002x", holderName: "张三" };
    expect((await match({ claims })).body).toMatchObject({ outcome: "MATCHED" });
  });

  test("bodies and batches over their size", async () => {
    const long = { keys: { certificateNumber: "x".repeat(300_000) } };
    expect(codeOf(await lookUp(long))).toEqual([413, "BODY_TOO_LARGE"]);
    const requests = Array.from({ length: 1001 }, (_, at) => ({ id: String(at), ...ABOUT_TITLE, fields: ["state"] }));
    const batch = { purpose: PURPOSES.anhuiMortgage, requests };
    expect(codeOf(await gateway.post("anhui-window", "/v1/lookups/batch", batch))).toEqual([400, "INVALID_REQUEST"]);
  });
});

describe("what is denied, with the rule that says so", () => {
  test.each<readonly [string, object, string]>([
    ["an item that nobody knows", purpose({ itemCode: "MNR-1161-99" }), "ITEM_UNKNOWN"],
    ["an item under another's name", purpose({ itemName: "登记资料查询" }), "ITEM_NAME_MISMATCH"],
    ["an item that does not use the resource", { purpose: PURPOSES.anhuiMining }, "RESOURCE_OUTSIDE_ITEM"],
    ["a case that nobody has", purpose({ caseNumber: "BJ-0000-0000" }), "CASE_UNKNOWN"],
    ["a case of another item", purpose({ caseNumber: "BJ-2026-0002" }), "CASE_UNKNOWN"],
    ["a case that is closed", { purpose: PURPOSES.anhuiClosed }, "CASE_CLOSED"],
    ["another department's case", { purpose: PURPOSES.guangdongSearch }, "ORGANISATION_MISMATCH"],
    ["a case as if it were one's own", purpose({ organisation: "11440000MB0E0002XC" }), "ORGANISATION_MISMATCH"],
  ])("%s", async (_what, changes, code) => {
    const answer = await lookUp(changes);
    expect(codeOf(answer)).toEqual([403, code]);
    const [first] = answer.body["reasons"] as { code: string; zh: string }[];
    expect([answer.body["verdict"], first?.code, first?.zh]).toEqual(["DENIED", code, answer.body["zh"]]);
    expect(answer.body["zh"]).toMatch(/。$/);
    const record = recordIn(await gateway.get("anhui-window", `/v1/exchanges/${exchangeOf(answer)}`));
    expect(record["outcome"]).toEqual({ result: "DENIED", code });
  });

  test("a grant that has ended", async () => {
    const about = { resource: "marriage-record", region: "340000", keys: { holderCode: "11010519491231002X" } };
    const asked = { ...about, fields: ["status"], purpose: { ...PURPOSES.guangdongSearch, consent: "TY-1" } };
    expect(codeOf(await lookUp(asked, "guangdong-window"))).toEqual([403, "GRANT_EXPIRED"]);
  });

  test("what is not shared at all, with its legal basis", async () => {
    const number = "BJ-2026-0300";
    await gateway.put("anhui-window", `/v1/cases/${number}`, { item: "MNR-1161-15", state: "open" });
    const item = { itemCode: "MNR-1161-15", itemName: "相对独立平面坐标系统审批", caseNumber: number };
    const about = { resource: "geodetic-control-results", keys: { pointNumber: "P-1" }, fields: ["grade"] };
    const answer = await lookUp({ ...about, ...purpose(item) });
    expect(codeOf(answer)).toEqual([403, "NOT_SHARED"]);
    expect(answer.body["zh"]).toMatch(/不予共享，依据：.+。$/);
  });

  test("a verification whose register may not be asked, before its document is read", async () => {
    const query = new URLSearchParams({ resource: "real-estate-certificate", ...PURPOSES.anhuiClosed });
    const call = { client: "anhui-window", method: "POST", headers: { "content-type": "application/ofd" } };
    const answer = await gateway.send(`/v1/verifications?${query}`, { ...call, body: "no document" });
    expect(codeOf(answer)).toEqual([403, "CASE_CLOSED"]);
    const record = recordIn(await gateway.get("anhui-window", `/v1/exchanges/${exchangeOf(answer)}`));
    expect(record).toMatchObject({ request: { sha256: null, bytes: null }, outcome: { result: "DENIED" } });
  });
});

describe("limits", () => {
  const search = { purpose: PURPOSES.guangdongSearch };

  test("requests a minute: the one too many is refused, and says when to come back", async () => {
    const answers: Answer[] = [];
    for (let time = 0; time < 4; time++) answers.push(await lookUp(search, "guangdong-slow"));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get("ratelimit-remaining"))).toEqual(["2", "1", "0", "0"]);
    const refused = answers[3];
    expect(refused?.body["code"]).toBe("RATE_LIMITED");
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused?.headers.get("ratelimit-reset"))).toBeGreaterThan(0);
  });

  test("answers a day: three are used, refused ones cost nothing, and not one too many is given", async () => {
    const closed = { purpose: { ...PURPOSES.guangdongSearch, caseNumber: "BJ-2026-0009" } };
    for (const turned of [{ ...search, fields: ["salary"] }, { ...search, region: "110000" }, closed, closed, closed]) {
      expect((await lookUp(turned, "guangdong-window")).status).toBeGreaterThanOrEqual(400);
    }
    for (let time = 0; time < 3; time++) expect((await lookUp(search, "guangdong-slow")).status).toBe(429);

    const left = PER_DAY - 3;
    const answers = await Promise.all(Array.from({ length: 12 }, () => lookUp(search, "guangdong-window")));
    const [answered, turned] = [200, 429].map((status) => answers.filter((answer) => answer.status === status));
    expect([answered?.length, turned?.length]).toEqual([left, 12 - left]);
    for (const answer of turned ?? []) {
      expect(answer.body["code"]).toBe("QUOTA_EXCEEDED");
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    const [first] = turned ?? [];
    if (first === undefined) throw new Error("none was turned away");
    const record = recordIn(await gateway.get("guangdong-window", `/v1/exchanges/${exchangeOf(first)}`));
    expect(record).toMatchObject({ outcome: { result: "DENIED", code: "QUOTA_EXCEEDED" }, disclosed: [] });
  });

  test("others are not held back by it", async () => {
    expect((await lookUp({})).status).toBe(200);
  });
});

test("no question has made the service fail", () => {
  expect(service.serving.logged()).not.toMatch(/"status":5\d\d/);
  expect(service.serving.logged()).not.toContain("INTERNAL");
});
