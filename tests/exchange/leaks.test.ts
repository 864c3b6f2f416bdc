import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { csvOf } from "#gateway/demo/records.ts";
import { type DemoService, startDemo } from "./demo-service.ts";
import { type Answer, demoKeys, type Gateway, gatewayAt } from "./gateway.ts";
import { BEHAVIOURS, COMPANY, enterSources, OTHER, OWNER, ownerRow, SECRETS, TITLE } from "./leak-scene.ts";
import { filesBelow, leaksBelow, leaksIn, type Leak } from "./leak-search.ts";
import { upload } from "./operator.ts";
import { recordsIn } from "./peer-records.ts";
import { ABOUT_CARD, PURPOSES } from "./questions.ts";
import { startTestSource, type TestSource } from "./test-source.ts";

let demo: DemoService;
let gateway: Gateway;
let source: TestSource;
const heard: Answer[] = [];

beforeAll(async () => {
  [demo, source] = await Promise.all([startDemo({ TONGYAN_LOG_LEVEL: "trace" }), startTestSource(BEHAVIOURS)]);
  gateway = gatewayAt(demo.gateway.url, demoKeys(demo.data), (answer) => void heard.push(answer));
  await enterSources(gateway, source.url);
});
afterAll(async () => {
  await demo.close();
  await source.close();
});

const ABOUT_OWNER = { resource: "real-estate-certificate", region: "340100", keys: { certificateNumber: TITLE } };
const ALL = ["holderName", "holderCode", "location", "rightType", "contactPhone", "state"];
const lookUp = (client: string, purpose: object, about: object) =>
  gateway.post(client, "/v1/lookups", { ...about, purpose });
const match = (client: string, purpose: object, about: object) =>
  gateway.post(client, "/v1/matches", { ...about, purpose });
const statusOf = async (answer: Promise<Answer>): Promise<unknown> => {
  const { status, body } = await answer;
  return status === 200 ? (body["outcome"] ?? body["verdict"] ?? body["complete"] ?? 200) : body["code"];
};

describe("good requests", () => {
  const search = PURPOSES.guangdongSearch;
  test("lookups with masked fields, and free text that repeats them", async () => {
    const { body } = await lookUp("guangdong-window", search, { ...ABOUT_OWNER, fields: ALL });
    expect(body["record"]).toEqual({
      holderName: "欧***",
      holderCode: expect.stringMatching(/^110105\*{8}\d{3}X$/) as string,
      location: "安徽省示例市示例区",
      rightType: expect.stringMatching(/^与.+共有，电话.+$/) as string,
      contactPhone: null,
      state: "current",
    });
    const presale = { ...ABOUT_OWNER, fields: ALL };
    expect(await statusOf(lookUp("shache-window", PURPOSES.shachePresale, presale))).toBe("FOUND");
  });

  test("matches, right and wrong, by keys that are persons' numbers", async () => {
    const right = { holderName: OWNER.name, holderCode: OWNER.code.toLowerCase(), contactPhone: OWNER.phone };
    const about = { ...ABOUT_OWNER, claims: right };
    expect(await statusOf(match("anhui-window", PURPOSES.anhuiMortgage, about))).toBe("MATCHED");
    const wrong = { ...ABOUT_OWNER, claims: { ...right, holderName: "司马示例" } };
    expect(await statusOf(match("anhui-window", PURPOSES.anhuiMortgage, wrong))).toBe("MISMATCHED");
    const person = { resource: "identity-card", region: "340100", keys: { residentNumber: OWNER.code } };
    const claims = { name: OWNER.name };
    expect(await statusOf(match("anhui-window", PURPOSES.anhuiMortgage, { ...person, claims }))).toBe("MISMATCHED");
    const card = { ...ABOUT_CARD, claims: { holderName: "李四", holderCode: "440524188001010014" } };
    expect(await statusOf(match("anhui-window", PURPOSES.anhuiSurveyor, card))).toBe("MATCHED");
  });

  test("a source whose own name for its answer is made of a person's number", async () => {
    const about = { resource: "business-licence", region: "110000", keys: { creditCode: COMPANY } };
    const fields = ["name", "legalRepresentative", "scope"];
    const { body } = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { ...about, fields });
    expect(body).toMatchObject({ outcome: "FOUND", record: { legalRepresentative: "欧***" } });
  });

  test("a verification that asks the register, and one that does not", async () => {
    const body = readFileSync(join(demo.data, "demo", "realestate-v4.ofd"));
    const headers = { "content-type": "application/ofd" };
    const asked = new URLSearchParams({ resource: "real-estate-certificate", ...PURPOSES.anhuiMortgage });
    for (const query of [`?${asked}`, ""]) {
      const call = { client: "anhui-window", method: "POST", body, headers };
      expect(await statusOf(gateway.send(`/v1/verifications${query}`, call))).toBe("PASSED");
    }
  });

  test("a request that waits for a second official, by both persons' numbers", async () => {
    const keys = { holderCode: OWNER.code, spouseCode: OTHER.code };
    const about = { resource: "marriage-record", region: "340100", keys, fields: ["spouseName"] };
    const purpose = { ...PURPOSES.anhuiPresale, consent: "TY-2026-0001" };
    expect(await statusOf(lookUp("anhui-window", purpose, about))).toBe("APPROVAL_REQUIRED");
    expect(await statusOf(gateway.get("anhui-approver", "/v1/approvals"))).toBe(200);
  });
});

describe("requests that come to nothing", () => {
  test.each(
    Object.entries({
      "120000": "SOURCE_WRONG_RECORD",
      "130000": "SOURCE_FAILED",
      "140000": "SOURCE_REDIRECTED",
      "150000": "SOURCE_MALFORMED",
      "210000": "SOURCE_MALFORMED",
    }),
  )("the source of %s: %s", async (region, code) => {
    const about = { resource: "business-licence", region, keys: { creditCode: COMPANY } };
    const fields = ["legalRepresentative", "state"];
    expect(await statusOf(lookUp("anhui-window", PURPOSES.anhuiMortgage, { ...about, fields }))).toBe(code);
  });

  test("denials", async () => {
    const person = { resource: "identity-card", region: "340100", keys: { residentNumber: OWNER.code } };
    const purpose = PURPOSES.anhuiMortgage;
    expect(await statusOf(lookUp("anhui-window", purpose, { ...person, fields: ["name"] }))).toBe("MATCH_ONLY");
    expect(await statusOf(match("shache-window", purpose, { ...person, claims: { name: OWNER.name } }))).toBe(
      "ORGANISATION_MISMATCH",
    );
    expect(await statusOf(lookUp("guangdong-window", PURPOSES.anhuiClosed, { ...ABOUT_OWNER, fields: ALL }))).toBe(
      "ORGANISATION_MISMATCH",
    );
  });

  test("numbers that are none, claims that do not fit, fields that are not there", async () => {
    const purpose = PURPOSES.anhuiMortgage;
    const person = { resource: "identity-card", region: "340100" };
    const keys = { residentNumber: OWNER.code.replace("X", "1") };
    expect(await statusOf(match("anhui-window", purpose, { ...person, keys, claims: { name: "公孙示例" } }))).toBe(
      "KEYS_INVALID",
    );
    const odd = { ...ABOUT_OWNER, claims: { holderCode: "公孙示例" } };
    expect(await statusOf(match("anhui-window", purpose, odd))).toBe("KEYS_INVALID");
    const unknown = { ...ABOUT_OWNER, claims: { 公孙示例: "公孙示例" } };
    expect(["FIELDS_INVALID", "INVALID_REQUEST"]).toContain(await statusOf(match("anhui-window", purpose, unknown)));
    expect(await statusOf(lookUp("anhui-window", purpose, { ...ABOUT_OWNER, fields: ["公孙示例"] }))).toMatch(
      /INVALID/,
    );
  });

  test("bodies that are broken in many ways", async () => {
    const bodies = [
      '{"keys":{"certificateNumber":"公孙示例"',
      '{"公孙示例":1,"公孙示例":2}',
      '["公孙示例"]',
      JSON.stringify({ ...ABOUT_OWNER, fields: ALL, purpose: PURPOSES.anhuiMortgage, 公孙示例: OWNER.code }),
      JSON.stringify({ ...ABOUT_OWNER, fields: "公孙示例", purpose: PURPOSES.anhuiMortgage }),
      JSON.stringify({ ...ABOUT_OWNER, region: OWNER.code, fields: ALL, purpose: PURPOSES.anhuiMortgage }),
      JSON.stringify({ ...ABOUT_OWNER, fields: ALL, purpose: { ...PURPOSES.anhuiMortgage, 公孙示例: 1 } }),
    ];
    const headers = { "content-type": "application/json" };
    for (const body of bodies) {
      const answer = await gateway.send("/v1/lookups", { client: "anhui-window", method: "POST", body, headers });
      expect([answer.status, answer.body["code"]]).toEqual([400, "INVALID_REQUEST"]);
    }
  });

  test("addresses, headers and tokens that name somebody", async () => {
    const name = encodeURIComponent("皇甫示例");
    for (const path of [
      `/v1/exchanges/${name}`,
      `/${name}`,
      `/v1/lookups?name=${name}`,
      `/v1/cases/${name}?x=${name}`,
    ]) {
      expect((await gateway.get("anhui-window", path)).status).toBeGreaterThanOrEqual(400);
    }
    const claims = Buffer.from(JSON.stringify({ iss: "皇甫示例", sub: "皇甫示例" })).toString("base64url");
    const jwt = `${Buffer.from('{"alg":"ES256"}').toString("base64url")}.${claims}.AAAA`;
    const headers = { authorization: `Bearer ${jwt}`, traceparent: `00-${name}`, "user-agent": name };
    const answer = await gateway.send("/v1/lookups", { client: null, method: "POST", json: ABOUT_OWNER, headers });
    expect(answer.body["code"]).toBe("TOKEN_INVALID");
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: jwt,
    });
    const urlencoded = { "content-type": "application/x-www-form-urlencoded" };
    const refused = await gateway.send("/oauth/token", {
      client: null,
      method: "POST",
      body: form.toString(),
      headers: urlencoded,
    });
    expect(refused.body["code"]).toBe("ASSERTION_INVALID");
  });

  test("a table with a row that is refused", async () => {
    const row = ownerRow({
      不动产权证号: "皖（2026）示例市不动产权第7000009号",
      权利人: "尉迟示例",
      证件号: "440524188001010015",
    });
    expect((await upload(gateway, "anhui-real-estate", csvOf([ownerRow(), row]))).body["replaced"]).toBe(false);
  });

  test("a batch of all of it", async () => {
    const requests = [
      { id: "masked", ...ABOUT_OWNER, fields: ALL },
      { id: "nowhere", ...ABOUT_OWNER, region: "650000", fields: ALL },
      { id: "more", ...ABOUT_OWNER, fields: ["nickname"] },
      { id: "none", ...ABOUT_OWNER, keys: { unitNumber: OWNER.name }, fields: ["state"] },
    ];
    const answer = await gateway.post("guangdong-window", "/v1/lookups/batch", {
      purpose: PURPOSES.guangdongSearch,
      requests,
    });
    expect(answer.body["missing"]).toEqual(["nowhere", "more"]);
  });
});

describe("none of what was not to be given is found", () => {
  /** Stores of records, what the demo is made of, and keys. */
  const isExcepted = (path: string): boolean => /^(?:demo-shache\/)?(?:sources|demo|keys|secrets)\//.test(path);
  const told = (leaks: readonly Leak[]): string[] => [...new Set(leaks.map(({ where, what }) => `${what}: ${where}`))];

  test("in any answer, header or body", () => {
    expect(heard.length).toBeGreaterThan(50);
    const leaks = heard.flatMap(({ text, headers }, at) =>
      leaksIn(`answer ${at}: ${text.slice(0, 60)}`, `${text}\n${JSON.stringify([...headers])}`, SECRETS),
    );
    expect(told(leaks)).toEqual([]);
  });

  test("in what the service printed and logged", () => {
    expect(demo.serving.logged().split("\n").length).toBeGreaterThan(50);
    expect(told(leaksIn("stdout", demo.serving.printed(), SECRETS))).toEqual([]);
    expect(told(leaksIn("stderr", demo.serving.logged(), SECRETS))).toEqual([]);
  });

  test("in any file that it wrote, while it runs and after it has stopped", async () => {
    const searched = filesBelow(demo.data).filter((path) => !isExcepted(path));
    expect(searched).toEqual(
      expect.arrayContaining([
        "log/checkpoint",
        "log/index.sqlite",
        "duties.sqlite",
        "registry.sqlite",
        "demo-shache/log/index.sqlite",
      ]),
    );
    expect(recordsIn(demo.data).length).toBeGreaterThan(15);
    expect(told(leaksBelow(demo.data, SECRETS, isExcepted))).toEqual([]);
    await demo.serving.end("SIGTERM");
    expect(told(leaksBelow(demo.data, SECRETS, isExcepted))).toEqual([]);
    expect(told(leaksIn("stderr", demo.serving.logged(), SECRETS))).toEqual([]);
  });

  test("though it is there to be found: the table itself holds it", () => {
    const found = leaksBelow(demo.data, SECRETS, (path) => !path.startsWith("sources/"));
    expect(found.map(({ what }) => what)).toEqual(expect.arrayContaining(["the owner's name", "the owner's number"]));
  });
});
