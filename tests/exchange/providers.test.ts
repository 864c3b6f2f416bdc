import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "#gateway/clients/test-clients.ts";
import { csvOf, type Row } from "#gateway/demo/records.ts";
import type { Resource } from "#gateway/registry/entities.ts";
import { type DemoService, startDemo } from "./demo-service.ts";
import { type Answer, codeOf, demoKeys, type Gateway, gatewayAt, recordIn } from "./gateway.ts";
import { change, enter, upload } from "./operator.ts";
import { PURPOSES, SAME_QUESTION } from "./questions.ts";

const PROVIDER_KEY = makeKey("ES256", "provider-1");

let demo: DemoService;
let gateway: Gateway;

beforeAll(async () => {
  demo = await startDemo();
  const ofDemo = demoKeys(demo.data);
  gateway = gatewayAt(demo.gateway.url, (client) =>
    client === "civil-affairs" ? PROVIDER_KEY.privateJwk : ofDemo(client),
  );
});
afterAll(async () => await demo.close());

const lookUp = (client: string, purpose: object, about: object = SAME_QUESTION): Promise<Answer> =>
  gateway.post(client, "/v1/lookups", { ...about, purpose });

describe("a second official", () => {
  const HOLDER = { code: "11010519491231002X", name: "张三" };
  const RECORD: Row = {
    公民身份号码: HOLDER.code,
    姓名: HOLDER.name,
    配偶公民身份号码: "440524188001010014",
    配偶姓名: "李四",
    婚姻状况: "已婚",
  };
  const question = { resource: "marriage-record", region: "340100", keys: { holderCode: HOLDER.code } };
  const purpose = { ...PURPOSES.anhuiPresale, consent: "TY-2026-0001" };
  const ask = (more: object) =>
    lookUp("anhui-window", purpose, { ...question, fields: ["spouseName", "status"], ...more });
  const decide = (id: string, official: string, client = "anhui-approver") =>
    gateway.post(client, `/v1/approvals/${id}`, { decision: "approve", official });
  const waiting = async (): Promise<string[]> => {
    const { body } = await gateway.get("anhui-approver", "/v1/approvals");
    return (body["approvals"] as { id: string }[]).map(({ id }) => id);
  };

  beforeAll(async () => {
    const columns = {
      公民身份号码: "holderCode",
      姓名: "holderName",
      配偶公民身份号码: "spouseCode",
      配偶姓名: "spouseName",
      婚姻状况: "status",
    };
    const settings = { kind: "table", mapping: { columns } };
    const entry = { id: "anhui-marriage", resource: "marriage-record", zh: "婚姻登记", en: "Marriages", settings };
    await enter(gateway, "/v1/sources/anhui-marriage", entry);
    await change<Resource>(gateway, "/v1/catalogue/marriage-record", () => ({
      sources: { "340000": "anhui-marriage" },
    }));
    expect((await upload(gateway, "anhui-marriage", csvOf([RECORD]))).body["replaced"]).toBe(true);
  });

  test("approves one request, once, under another name than who asked", async () => {
    const first = await ask({});
    expect(codeOf(first)).toEqual([403, "APPROVAL_REQUIRED"]);
    const [id = "none"] = await waiting();
    expect(first.body["zh"]).toContain(id);
    expect(codeOf(await ask({ approval: id }))).toEqual([403, "APPROVAL_REQUIRED"]);

    expect(codeOf(await decide(id, purpose.official))).toEqual([403, "DENIED"]);
    expect(codeOf(await decide(id, "wang", "anhui-window"))).toEqual([403, "DENIED"]);
    expect((await decide(id, "wang")).status).toBe(204);
    expect(codeOf(await ask({ approval: id, fields: ["spouseName"] }))).toEqual([403, "APPROVAL_REQUIRED"]);

    const approved = await ask({ approval: id });
    expect([approved.status, approved.body["record"]]).toEqual([200, { spouseName: "李*", status: null }]);
    expect(codeOf(await ask({ approval: id }))).toEqual([403, "APPROVAL_REQUIRED"]);
  });

  test("approves it once, whoever comes at the same time", async () => {
    const asked = { fields: ["spouseName", "holderName"] };
    const { body } = await ask(asked);
    const id = /[\da-f-]{36}/.exec(String(body["zh"]))?.[0] ?? "none";
    expect((await decide(id, "wang")).status).toBe(204);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask({ ...asked, approval: id })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const others = new Set(answers.filter(({ status }) => status !== 200).map((answer) => codeOf(answer)[1]));
    expect(["APPROVAL_USED", "APPROVAL_REQUIRED"]).toEqual(expect.arrayContaining([...others]));
  });

  test("is not asked for a match, nor for what is not sensitive", async () => {
    const claims = { spouseName: "李四" };
    const answer = await gateway.post("anhui-window", "/v1/matches", { ...question, claims, purpose });
    expect(answer.body).toMatchObject({ outcome: "MATCHED", claims: { spouseName: "match" } });
    expect((await ask({ fields: ["holderName"] })).body["record"]).toEqual({ holderName: "张*" });
  });

  test("is not asked either when the person has not agreed", async () => {
    const { consent: _, ...without } = purpose;
    const denied = await lookUp("anhui-window", without, { ...question, fields: ["spouseName"] });
    expect(codeOf(denied)).toEqual([403, "CONSENT_MISSING"]);
  });

  test("and the provider is told of what was given, by name of exchange, client and item", async () => {
    const entry = {
      id: "civil-affairs",
      organisation: { code: "11340000MB0E01014E", name: "示例省民政厅", region: "340000" },
      roles: ["provider"],
      active: true,
      keys: [PROVIDER_KEY.jwk],
      hmac: null,
      certificates: [],
      perMinute: 60,
    };
    await enter(gateway, "/v1/clients/civil-affairs", entry);
    const { body, text } = await gateway.get("civil-affairs", "/v1/notices");
    const told = { resource: "marriage-record", client: "anhui-window", item: "MNR-1161-01" };
    expect(body["notices"]).toContainEqual(expect.objectContaining(told));
    expect(text).not.toContain("李");
    expect((await gateway.get("anhui-window", "/v1/notices")).body["notices"]).toEqual([]);
    const [notice] = body["notices"] as [{ exchange: string }];
    const record = await gateway.get("auditor", `/v1/exchanges/${notice.exchange}`);
    expect(recordIn(record)).toMatchObject({
      request: { fields: ["spouseName", "status"] },
      outcome: { result: "FOUND" },
    });
  });
});

describe("a table", () => {
  const NUMBER = "皖（2026）示例市不动产权第0000001号";
  const row = (certificate: string, changes: Row = {}): Row => ({
    不动产权证号: certificate,
    不动产单元号: `340000001001GB00002F${certificate.replaceAll(/\D/g, "").slice(-8)}`,
    权利人: "欧阳示例",
    证件号: "440524188001010014",
    坐落: "安徽省示例市示例区示例路1号",
    面积: "89.50",
    权利类型: "国有建设用地使用权/房屋所有权",
    登记日期: "2026-10-01",
    联系电话: "13900000000",
    抵押: "否",
    状态: "现势",
    ...changes,
  });
  const rows = (count: number): Row[] => [
    row(NUMBER),
    ...Array.from({ length: count }, (_, at) => row(`皖（2026）示例市不动产权第${String(5_000_000 + at)}号`)),
  ];
  const holder = async (): Promise<unknown> => {
    const { body } = await lookUp("anhui-window", PURPOSES.anhuiMortgage);
    return (body["record"] as Readonly<Record<string, unknown>>)["holderName"];
  };

  test("with one bad row replaces nothing, and the report names the place without the value", async () => {
    const bad = row("皖（2026）示例市不动产权第6000000号", { 证件号: "440524188001010015" });
    const { status, body, text } = await upload(gateway, "anhui-real-estate", csvOf([...rows(3), bad]));
    expect([status, body["replaced"], body["refusedTotal"]]).toEqual([200, false, 1]);
    expect(body["refused"]).toEqual([
      expect.objectContaining({ row: 6, column: "证件号", code: "VALUE_INVALID", zh: "内容不符合字段类型" }),
    ]);
    expect(text).not.toContain("44052418800101001");
    expect(await holder()).toBe("张三");
  });

  test("is taken in while lookups go on, and is there whole from one moment on", async () => {
    const uploading = upload(gateway, "anhui-real-estate", csvOf(rows(20_000)));
    const holders: unknown[] = [];
    const step = async () => void holders.push(await holder());
    while ((await Promise.race([uploading, step()])) === undefined);
    expect((await uploading).body).toMatchObject({ replaced: true, accepted: 20_001, refusedTotal: 0 });
    expect(holders.length).toBeGreaterThan(5);
    const changed = holders.indexOf("欧阳示例");
    const [before, after] = changed < 0 ? [holders, []] : [holders.slice(0, changed), holders.slice(changed)];
    expect(new Set(before)).toEqual(new Set(["张三"]));
    expect(after.every((name) => name === "欧阳示例")).toBe(true);
    expect(await holder()).toBe("欧阳示例");
  });

  test("is uploaded by operators alone, to sources that keep one", async () => {
    const csv = csvOf(rows(1));
    expect(codeOf(await upload(gateway, "anhui-real-estate", csv, "anhui-window"))).toEqual([403, "DENIED"]);
    expect(codeOf(await upload(gateway, "guangdong-mining", csv))).toEqual([422, "TABLE_INVALID"]);
    expect(codeOf(await upload(gateway, "nowhere", csv))).toEqual([404, "ENTRY_UNKNOWN"]);
    expect(await holder()).toBe("欧阳示例");
  });
});
