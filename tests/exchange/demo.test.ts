import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readRun } from "#bench/report/read-run.ts";
import { readClientKey } from "#gateway/clients/client-key.ts";
import { openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { contentDigest, type StatementKey, STATEMENT_TYPES, verifyStatement } from "#connectors/peer/statement.ts";
import { type DemoService, startDemo } from "./demo-service.ts";
import { type Answer, codeOf, exchangeOf, type Gateway, recordIn } from "./gateway.ts";
import { counterReceiptIn, recordsIn } from "./peer-records.ts";
import { ABOUT_CARD, ABOUT_MINE, ABOUT_TITLE, type Purpose, PURPOSES, SAME_QUESTION } from "./questions.ts";

let demo: DemoService;
let gateway: Gateway;

beforeAll(async () => {
  demo = await startDemo();
  gateway = demo.gateway;
});
afterAll(async () => await demo.close());

const lookUp = (client: string, purpose: Purpose, about: object = SAME_QUESTION): Promise<Answer> =>
  gateway.post(client, "/v1/lookups", { ...about, purpose });
const match = (client: string, purpose: Purpose, about: object, claims: object): Promise<Answer> =>
  gateway.post(client, "/v1/matches", { ...about, claims, purpose });

const MATCH_ONLY = { treatment: "match-only", code: "MATCH_ONLY", zh: "只能核验，不能查询。" };
const OUTSIDE_GRANT = { treatment: "withhold", code: "FIELD_OUTSIDE_GRANT", zh: "授权不包括此字段。" };
const [GIVE, MASK, GENERALISE] = ["give", "mask", "generalise"].map((treatment) => ({ treatment }));

describe("the same question by three departments under three items", () => {
  test("抵押登记: in full what registering the mortgage needs", async () => {
    const { status, body } = await lookUp("anhui-window", PURPOSES.anhuiMortgage);
    expect([status, body["outcome"]]).toEqual([200, "FOUND"]);
    expect(body["record"]).toEqual({
      holderName: "张三",
      holderCode: "110105********002X",
      location: "安徽省示例市示例区示例路1号",
      mortgaged: "true",
      state: "current",
    });
    expect(body["treatments"]).toEqual({
      holderName: GIVE,
      holderCode: MASK,
      location: GIVE,
      mortgaged: GIVE,
      state: GIVE,
    });
  });

  test("登记资料查询: masked, and the location to the county", async () => {
    const { status, body } = await lookUp("guangdong-window", PURPOSES.guangdongSearch);
    expect([status, body["outcome"]]).toEqual([200, "FOUND"]);
    expect(body["record"]).toEqual({
      holderName: "张*",
      holderCode: "110105********002X",
      location: "安徽省示例市示例区",
      mortgaged: null,
      state: "current",
    });
    expect(body["treatments"]).toEqual({
      holderName: MASK,
      holderCode: MASK,
      location: GENERALISE,
      mortgaged: expect.objectContaining(OUTSIDE_GRANT) as object,
      state: GIVE,
    });
  });

  test("预告登记: the holder by matching only", async () => {
    const { status, body } = await lookUp("shache-window", PURPOSES.shachePresale);
    expect([status, body["outcome"]]).toEqual([200, "FOUND"]);
    expect(body["record"]).toEqual({
      holderName: null,
      holderCode: null,
      location: "安徽省示例市示例区*****",
      mortgaged: null,
      state: "current",
    });
    expect(body["treatments"]).toEqual({
      holderName: expect.objectContaining(MATCH_ONLY) as object,
      holderCode: expect.objectContaining(MATCH_ONLY) as object,
      location: MASK,
      mortgaged: expect.objectContaining(OUTSIDE_GRANT) as object,
      state: GIVE,
    });
  });

  test("each answer says for whom it is, from where, and as of when", async () => {
    const answer = await lookUp("anhui-window", PURPOSES.anhuiMortgage);
    expect(answer.body).toMatchObject({
      source: { id: "anhui-real-estate", region: "340000", reference: "table:1:2" },
      notified: ["provider"],
    });
    const { asOf } = answer.body["source"] as { asOf: string };
    expect(Date.parse(asOf)).toBeLessThanOrEqual(Date.now());
    expect(answer.body["watermark"]).toMatch(/^仅供示例市自然资源和规划局（zhang）办理“抵押登记”BJ-2026-0001使用，/);
    expect(answer.body["watermark"]).toContain(exchangeOf(answer));
  });
});

describe("what is denied", () => {
  test("says which rule, in both languages, and is on record", async () => {
    const denied = await lookUp("shache-window", PURPOSES.shacheSurveyor);
    expect(codeOf(denied)).toEqual([403, "RESOURCE_OUTSIDE_ITEM"]);
    expect(denied.body).toMatchObject({
      type: "urn:tongyan:denial:RESOURCE_OUTSIDE_ITEM",
      verdict: "DENIED",
      zh: "该事项不使用此数据资源。",
      en: "This item uses nothing of the resource.",
    });
    const recorded = await gateway.get("shache-window", `/v1/exchanges/${exchangeOf(denied)}`);
    expect(recordIn(recorded)).toMatchObject({
      decision: { effect: "deny" },
      outcome: { result: "DENIED", code: "RESOURCE_OUTSIDE_ITEM" },
      disclosed: [],
      source: null,
    });
  });

  test("says the same of a record that does not exist", async () => {
    const nobody = { ...SAME_QUESTION, keys: { certificateNumber: "皖（2026）示例市不动产权第9999999号" } };
    const [there, absent] = await Promise.all([
      lookUp("shache-window", PURPOSES.shacheSurveyor),
      lookUp("shache-window", PURPOSES.shacheSurveyor, nobody),
    ]);
    const { exchange: _, ...problem } = there.body;
    expect(absent.body).toMatchObject(problem);
    expect(absent.status).toBe(there.status);
  });

  test("a case that is closed", async () => {
    expect(codeOf(await lookUp("anhui-window", PURPOSES.anhuiClosed))).toEqual([403, "CASE_CLOSED"]);
  });
});

describe("a match", () => {
  const claims = {
    holderName: "张三",
    holderCode: "11010519491231002x",
    location: "安徽省示例市示例区示例路1号",
    contactPhone: "13800000000",
    area: "89.5",
  };
  const values = [/张三/, /11010519491231002x/i, /示例路1号/, /13800000000/, /89\.5/, /340000001001GB00001F00000001/];
  const told = ({ text, headers }: Answer): string => text + JSON.stringify([...headers]);

  test("says yes without any data leaving", async () => {
    const answer = await match("anhui-window", PURPOSES.anhuiMortgage, ABOUT_TITLE, claims);
    const results = { holderName: "match", holderCode: "match", location: "match", contactPhone: "match" };
    expect(answer.body).toMatchObject({ outcome: "MATCHED", claims: { ...results, area: "match" } });
    expect(answer.body["state"]).toEqual({ code: "in-force", zh: "有效", en: "in force" });
    for (const value of values) expect(told(answer)).not.toMatch(value);
  });

  test("says no without telling what would be right", async () => {
    const wrong = { ...claims, holderName: "李四", contactPhone: "13900000000" };
    const answer = await match("anhui-window", PURPOSES.anhuiMortgage, ABOUT_TITLE, wrong);
    const results = { holderName: "mismatch", holderCode: "match", location: "match", contactPhone: "mismatch" };
    expect(answer.body).toMatchObject({ outcome: "MISMATCHED", claims: { ...results, area: "match" } });
    for (const value of [...values, /李四/, /13900000000/]) expect(told(answer)).not.toMatch(value);
  });

  test("is recorded by names, never by values", async () => {
    const answer = await match("anhui-window", PURPOSES.anhuiMortgage, ABOUT_TITLE, claims);
    const record = await gateway.get("anhui-window", `/v1/exchanges/${exchangeOf(answer)}`);
    expect(recordIn(record)).toMatchObject({
      kind: "match",
      request: { keys: ["certificateNumber"], fields: Object.keys(claims), purpose: PURPOSES.anhuiMortgage },
      outcome: { result: "MATCHED", code: null },
    });
    for (const value of values) expect(told(record)).not.toMatch(value);
  });
});

describe("other regions", () => {
  test("Guangdong's own service answers in the catalogue's words", async () => {
    const fields = ["holderName", "holderCode", "mineName", "mineral", "area", "state"];
    const answer = await lookUp("anhui-window", PURPOSES.anhuiMining, { ...ABOUT_MINE, fields });
    expect(answer.body).toMatchObject({
      outcome: "FOUND",
      source: { id: "guangdong-mining", region: "440000" },
      record: {
        holderName: "示例矿业有限公司",
        holderCode: "11440300MA0E00093G",
        mineName: "示例石灰岩矿",
        mineral: "石灰岩",
        area: "1.250",
        state: "current",
      },
    });
    const claims = { holderName: "示例矿业有限公司", mineral: "大理石" };
    expect((await match("anhui-window", PURPOSES.anhuiMining, ABOUT_MINE, claims)).body).toMatchObject({
      outcome: "MISMATCHED",
      claims: { holderName: "match", mineral: "mismatch" },
      state: { code: "in-force" },
    });
  });

  test("a region without a source of its own is answered by the one above it, and no other", async () => {
    const inCity = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { ...SAME_QUESTION, region: "340104" });
    expect(inCity.body).toMatchObject({ region: "340104", source: { region: "340000" } });
    const elsewhere = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { ...SAME_QUESTION, region: "110000" });
    expect(codeOf(elsewhere)).toEqual([404, "NO_SOURCE"]);
  });

  test("a number in other brackets names the same record", async () => {
    const keys = { certificateNumber: "皖(2026)示例市不动产权第0000001号" };
    const { body } = await lookUp("anhui-window", PURPOSES.anhuiMortgage, {
      ...ABOUT_TITLE,
      keys,
      fields: ["holderName"],
    });
    expect(body).toMatchObject({ outcome: "FOUND", record: { holderName: "张三" } });
  });

  test("a record that is not there is no error", async () => {
    const keys = { licenceNumber: "C9999999999999999999999" };
    const answer = await lookUp("anhui-window", PURPOSES.anhuiMining, { ...ABOUT_MINE, keys, fields: ["state"] });
    expect([answer.status, answer.body["outcome"], answer.body["record"]]).toEqual([200, "NOT_FOUND", null]);
  });
});

describe("Shache's own gateway", () => {
  const shache = (): string => join(demo.data, "demo-shache");
  const shacheKeys = (): StatementKey[] => readKeys(join(shache(), "keys"));
  const ownKeys = (): StatementKey[] => readKeys(join(demo.data, "keys"));
  const readKeys = (directory: string): StatementKey[] =>
    openGatewayKey(directory)
      .jwks()
      .keys.map(readClientKey)
      .filter((key) => key !== null);

  test("answers under its own policies, and both sides hold what the other signed", async () => {
    const answer = await match("anhui-window", PURPOSES.anhuiSurveyor, ABOUT_CARD, { holderName: "李四" });
    expect(answer.body).toMatchObject({ outcome: "MATCHED", claims: { holderName: "match" } });
    const [ours, { reference: theirs }] = [exchangeOf(answer), answer.body["source"] as { reference: string }];

    const record = recordIn(await gateway.get("anhui-window", `/v1/exchanges/${ours}`));
    const { receipt } = record["source"] as { receipt: string };
    const signed = await verifyStatement(receipt, { type: STATEMENT_TYPES.receipt, keys: shacheKeys() });
    expect(signed).toMatchObject({ exchange: theirs });

    expect(recordsIn(shache()).find(({ id }) => id === theirs)).toMatchObject({
      kind: "match",
      client: { id: "demo-gateway", authentication: "token" },
      request: { resource: "surveyor-card", fields: ["holderName"], purpose: PURPOSES.anhuiSurveyor },
      outcome: { result: "MATCHED" },
    });
    const counter = await counterReceiptIn(shache(), theirs);
    const acknowledged = { type: STATEMENT_TYPES.counterReceipt, keys: ownKeys() };
    expect(await verifyStatement(counter.receipt, acknowledged)).toMatchObject({
      of: theirs,
      exchange: ours,
      receipt: contentDigest(receipt),
    });
  });

  test("masks before its answer leaves it", async () => {
    const fields = ["holderName", "holderCode", "employer", "state"];
    const answer = await lookUp("shache-window", PURPOSES.shacheSurveyor, { ...ABOUT_CARD, fields });
    expect(answer.body["record"]).toEqual({
      holderName: "李四",
      holderCode: "440524********0014",
      employer: "示例测绘院",
      state: "current",
    });
    const { reference } = answer.body["source"] as { reference: string };
    expect(recordsIn(shache()).find(({ id }) => id === reference)).toMatchObject({
      disclosed: expect.arrayContaining([{ field: "holderCode", treatment: "mask", code: null }]) as unknown[],
    });
  });
});

describe("a verification that asks the register too", () => {
  const verify = (file: string): Promise<Answer> => {
    const query = new URLSearchParams({ resource: "real-estate-certificate", ...PURPOSES.anhuiMortgage });
    const body = readFileSync(join(demo.data, "demo", file));
    const headers = { "content-type": "application/ofd" };
    return gateway.send(`/v1/verifications?${query}`, { client: "anhui-window", method: "POST", body, headers });
  };
  const passed = { outcome: "passed", code: "OK" };
  const failed = (code: string) => ({ outcome: "failed", code });

  test.each([
    ["realestate-v4.ofd", "PASSED", passed, passed],
    ["register-cancelled.ofd", "FAILED", failed("LICENCE_CANCELLED"), passed],
    ["register-other-holder.ofd", "FAILED", passed, failed("HOLDER_MISMATCH")],
  ])("%s is %s", async (file, verdict, status, binding) => {
    const { body, text } = await verify(file);
    const genuine = { integrity: passed, authority: passed };
    expect(body).toMatchObject({ verdict, answers: { ...genuine, status, binding } });
    expect(body["register"]).toMatchObject({
      resource: "real-estate-certificate",
      region: "340000",
      source: "anhui-real-estate",
      issuer: "entitled",
      outcome: "found",
    });
    for (const value of [/张三/, /王五/, /11010519491231002x/i, /440524188001010014/]) expect(text).not.toMatch(value);
  });

  test("the same files pass as long as nobody asks the register", async () => {
    const body = readFileSync(join(demo.data, "demo", "register-cancelled.ofd"));
    const headers = { "content-type": "application/ofd" };
    const answer = await gateway.send("/v1/verifications", { client: "anhui-window", method: "POST", body, headers });
    expect(answer.body).toMatchObject({ verdict: "PASSED", answers: { binding: { outcome: "not-asked" } } });
  });
});

describe("records of exchanges", () => {
  test("are for who made them and for the auditor, and nobody else learns that they exist", async () => {
    const id = exchangeOf(await lookUp("anhui-window", PURPOSES.anhuiMortgage));
    const path = `/v1/exchanges/${id}`;
    for (const client of ["anhui-window", "auditor", "operator"]) {
      expect(recordIn(await gateway.get(client, path))["id"]).toBe(id);
    }
    const unknown = await gateway.get("guangdong-window", "/v1/exchanges/01a1fc2e-0962-7d86-bc0d-56e7bebe36c2");
    for (const client of ["guangdong-window", "anhui-approver", null]) {
      const answer = await gateway.get(client, path);
      expect([codeOf(answer), answer.text]).toEqual([[404, "EXCHANGE_UNKNOWN"], unknown.text]);
    }
  });
});

describe("tongyan bench", () => {
  test("knows every right answer of the demo: licences good and spoilt, lookups, matches", async () => {
    const main = fileURLToPath(new URL("../../gateway/main.ts", import.meta.url));
    const asked = ["bench", "--scenario", "mixed", "--url", demo.serving.url, "--rate", "100", "--duration", "1.5"];
    const env = { PATH: process.env["PATH"], TONGYAN_DATA: demo.data };
    const args = [main, ...asked, "--warm-up", "0.5", "--connections", "16", "--json"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const [measurement] = readRun(stdout).measurements;
    expect(measurement?.outcomes).toMatchObject({ wrong: 0, refused: 0, failed: 0, first: null });
    expect((measurement?.answers ?? 0) + (measurement?.outcomes?.unsent ?? 0)).toBe(150);
  });
});
