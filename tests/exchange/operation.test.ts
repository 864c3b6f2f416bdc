import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKey } from "#gateway/clients/test-clients.ts";
import { csvOf, type Row } from "#gateway/demo/records.ts";
import type { Case, Grant, Item, Resource } from "#gateway/registry/entities.ts";
import { type DemoService, startDemo } from "./demo-service.ts";
import { type Answer, codeOf, demoKeys, exchangeOf, type Gateway, gatewayAt } from "./gateway.ts";
import { ABOUT_CARD, ABOUT_MINE, ABOUT_TITLE, PURPOSES, SAME_QUESTION } from "./questions.ts";

const SHIPPED = fileURLToPath(new URL("../../policies/set/", import.meta.url));
const PROVIDER_KEY = makeKey("ES256", "provider-1");

const policies = mkdtempSync(join(tmpdir(), "tongyan-policies-"));
let demo: DemoService;
let gateway: Gateway;

beforeAll(async () => {
  cpSync(SHIPPED, policies, { recursive: true });
  demo = await startDemo({ TONGYAN_POLICIES: policies });
  const ofDemo = demoKeys(demo.data);
  gateway = gatewayAt(demo.gateway.url, (client) =>
    client === "civil-affairs" ? PROVIDER_KEY.privateJwk : ofDemo(client),
  );
});
afterAll(async () => {
  await demo.close();
  rmSync(policies, { recursive: true });
});

type Kept<Entry> = { readonly entry: Entry; readonly version: number };

/** An entry as it is now, changed in some members by the operator. */
async function change<Entry>(path: string, changes: (entry: Entry) => Partial<Entry>): Promise<Kept<Entry>> {
  const { entry } = (await gateway.get("operator", path)).body as unknown as Kept<Entry>;
  const { status, body, text } = await gateway.put("operator", path, { ...entry, ...changes(entry) });
  if (status !== 200) throw new Error(text);
  return body as unknown as Kept<Entry>;
}

const lookUp = (client: string, purpose: object, about: object = SAME_QUESTION): Promise<Answer> =>
  gateway.post(client, "/v1/lookups", { ...about, purpose });

describe("a grant", () => {
  const path = "/v1/grants/guangdong-real-estate";
  const ask = async () => codeOf(await lookUp("guangdong-window", PURPOSES.guangdongSearch));

  test("that is suspended denies at once, and counts again as soon as it is not", async () => {
    expect(await ask()).toEqual([200, undefined]);
    const { version } = await change<Grant>(path, () => ({ suspended: true }));
    expect(await ask()).toEqual([403, "GRANT_SUSPENDED"]);
    expect(await change<Grant>(path, () => ({ suspended: false }))).toMatchObject({ version: version + 1 });
    expect(await ask()).toEqual([200, undefined]);
  });

  test("that has ended denies", async () => {
    const { entry } = await change<Grant>(path, () => ({ until: new Date(Date.now() - 1000).toISOString() }));
    expect(await ask()).toEqual([403, "GRANT_EXPIRED"]);
    await change<Grant>(path, () => ({ until: new Date(Date.now() + 86_400_000).toISOString() }));
    expect(entry.suspended).toBe(false);
  });

  test("stands in the history with whoever changed it", async () => {
    const { body } = await gateway.get("operator", "/v1/history?limit=1000");
    const { changes } = body as unknown as { changes: { kind: string; id: string; by: string; entry: Grant }[] };
    const ofGrant = changes.filter(({ kind, id }) => kind === "grant" && id === "guangdong-real-estate");
    expect(ofGrant.map(({ by, entry }) => [by, entry.suspended]).slice(0, 3)).toEqual([
      ["demo", false],
      ["operator", true],
      ["operator", false],
    ]);
  });

  test("is for operators alone, and not what is no grant", async () => {
    const { body } = await gateway.get("operator", path);
    const { entry } = body as unknown as Kept<Grant>;
    for (const client of ["guangdong-window", "auditor", "anhui-approver"]) {
      expect(codeOf(await gateway.put(client, path, entry))).toEqual([403, "DENIED"]);
    }
    expect(codeOf(await gateway.put(null, path, entry))).toEqual([401, "AUTHENTICATION_REQUIRED"]);
    const wrong = await gateway.put("operator", path, { ...entry, fields: ["salary"] });
    expect(codeOf(wrong)).toEqual([422, "ENTRY_INVALID"]);
    expect(wrong.body["detail"]).toContain("fields");
    expect(await ask()).toEqual([200, undefined]);
  });
});

describe("a case", () => {
  const purpose = { ...PURPOSES.anhuiMortgage, caseNumber: "BJ-2026-0100" };
  const put = (state: Case["state"]) =>
    gateway.put("anhui-window", "/v1/cases/BJ-2026-0100", { item: "MNR-1161-03", state });

  test("opens the way and, closed, shuts it again", async () => {
    expect(codeOf(await lookUp("anhui-window", purpose))).toEqual([403, "CASE_UNKNOWN"]);
    expect((await put("open")).status).toBe(200);
    expect((await lookUp("anhui-window", purpose)).status).toBe(200);
    expect((await put("closed")).status).toBe(200);
    expect(codeOf(await lookUp("anhui-window", purpose))).toEqual([403, "CASE_CLOSED"]);
  });

  test("is one department's, and for one item", async () => {
    await put("open");
    const otherItem = { ...PURPOSES.anhuiPresale, caseNumber: "BJ-2026-0100" };
    expect(codeOf(await lookUp("anhui-window", otherItem))).toEqual([403, "CASE_UNKNOWN"]);
    const theirs = { ...PURPOSES.guangdongSearch, caseNumber: "BJ-2026-0100" };
    expect(codeOf(await lookUp("guangdong-window", theirs))).toEqual([403, "CASE_UNKNOWN"]);
    const borrowed = await lookUp("guangdong-window", purpose);
    expect(codeOf(borrowed)).toEqual([403, "ORGANISATION_MISMATCH"]);
    expect(borrowed.text).not.toContain("CASE_");
  });

  test("is no operator's business", async () => {
    const answer = await gateway.put("operator", "/v1/cases/BJ-2026-0101", { item: "MNR-1161-03", state: "open" });
    expect(codeOf(answer)).toEqual([403, "DENIED"]);
  });
});

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
    expect((await gateway.put("operator", "/v1/sources/anhui-marriage", entry)).status).toBe(200);
    await change<Resource>("/v1/catalogue/marriage-record", () => ({ sources: { "340000": "anhui-marriage" } }));
    expect((await upload("anhui-marriage", csvOf([RECORD]))).body["replaced"]).toBe(true);
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
    expect(["REPLAYED", "APPROVAL_REQUIRED"]).toEqual(expect.arrayContaining([...others]));
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
    expect((await gateway.put("operator", "/v1/clients/civil-affairs", entry)).status).toBe(200);
    const { body, text } = await gateway.get("civil-affairs", "/v1/notices");
    const told = { resource: "marriage-record", client: "anhui-window", item: "MNR-1161-01" };
    expect(body["notices"]).toContainEqual(expect.objectContaining(told));
    expect(text).not.toContain("李");
    expect((await gateway.get("anhui-window", "/v1/notices")).body["notices"]).toEqual([]);
    const [notice] = body["notices"] as [{ exchange: string }];
    const { body: record } = await gateway.get("auditor", `/v1/exchanges/${notice.exchange}`);
    expect(record).toMatchObject({ request: { fields: ["spouseName", "status"] }, outcome: { result: "FOUND" } });
  });
});

const upload = (source: string, csv: string, client = "operator"): Promise<Answer> =>
  gateway.send(`/v1/sources/${source}/table`, {
    client,
    method: "PUT",
    body: csv,
    headers: { "content-type": "text/csv" },
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
    const { status, body, text } = await upload("anhui-real-estate", csvOf([...rows(3), bad]));
    expect([status, body["replaced"], body["refusedTotal"]]).toEqual([200, false, 1]);
    expect(body["refused"]).toEqual([
      expect.objectContaining({ row: 6, column: "证件号", code: "VALUE_INVALID", zh: "内容不符合字段类型" }),
    ]);
    expect(text).not.toContain("44052418800101001");
    expect(await holder()).toBe("张三");
  });

  test("is taken in while lookups go on, and is there whole from one moment on", async () => {
    const uploading = upload("anhui-real-estate", csvOf(rows(20_000)));
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
    expect(codeOf(await upload("anhui-real-estate", csv, "anhui-window"))).toEqual([403, "DENIED"]);
    expect(codeOf(await upload("guangdong-mining", csv))).toEqual([422, "TABLE_INVALID"]);
    expect(codeOf(await upload("nowhere", csv))).toEqual([404, "ENTRY_UNKNOWN"]);
    expect(await holder()).toBe("欧阳示例");
  });
});

describe("a batch", () => {
  test("asks several sources, and says which part is missing rather than failing whole", async () => {
    const code = PURPOSES.anhuiMining.itemCode;
    const uses = {
      "real-estate-certificate": ["certificateNumber", "state"],
      "surveyor-card": ["cardNumber", "state"],
    };
    await change<Item>(`/v1/items/${code}`, (item) => ({ uses: { ...item.uses, ...uses } }));
    for (const grant of ["anhui-real-estate", "anhui-surveyor"]) {
      await change<Grant>(`/v1/grants/${grant}`, ({ items }) => ({ items: [...items, code] }));
    }
    const requests = [
      { id: "title", ...ABOUT_TITLE, fields: ["state"] },
      { id: "elsewhere", ...ABOUT_TITLE, region: "110000", fields: ["state"] },
      { id: "mine", ...ABOUT_MINE, fields: ["mineral"] },
      // Shache has not heard of the new use: its own policies refuse.
      { id: "card", ...ABOUT_CARD, fields: ["state"] },
      { id: "more", ...ABOUT_TITLE, fields: ["holderName"] },
    ];
    const answer = await gateway.post("anhui-window", "/v1/lookups/batch", {
      purpose: PURPOSES.anhuiMining,
      requests,
    });
    expect(answer.body).toMatchObject({
      complete: false,
      missing: ["elsewhere", "card", "more"],
      parts: [
        { id: "title", status: 200, answer: { outcome: "FOUND", record: { state: "current" } } },
        { id: "elsewhere", status: 404, problem: { code: "NO_SOURCE" } },
        { id: "mine", status: 200, answer: { outcome: "FOUND", record: { mineral: "石灰岩" } } },
        { id: "card", status: 502, problem: { code: "SOURCE_REFUSED" } },
        { id: "more", status: 403, problem: { code: "FIELD_OUTSIDE_ITEM", verdict: "DENIED" } },
      ],
    });
    const [title, , , card] = answer.body["parts"] as [{ answer: object }, object, object, { problem: object }];
    expect((await gateway.get("anhui-window", pathOf(title.answer))).body["outcome"]).toEqual({
      result: "FOUND",
      code: null,
    });
    expect((await gateway.get("anhui-window", pathOf(card.problem))).body["outcome"]).toEqual({
      result: "UNANSWERED",
      code: "SOURCE_REFUSED",
    });
  });

  const pathOf = (part: object): string => `/v1/exchanges/${exchangeOf({ body: part } as Answer)}`;
});

describe("policies on disk", () => {
  const ask = () => lookUp("anhui-window", PURPOSES.anhuiMining, { ...ABOUT_MINE, fields: ["mineral"] });
  const policySet = ({ body }: Answer): unknown => (body["decision"] as { policySet: string }).policySet;
  const health = async () => {
    const { body } = await gateway.get(null, "/health/ready");
    return (body["checks"] as { policies: { status: string; en: string } }).policies;
  };

  test("that are bad are refused while the last good set stays in force, and good ones are taken", async () => {
    const before = await ask();
    writeFileSync(join(policies, "8-local.cedar"), RULE.replace("forbid", "frobid"));
    while ((await health()).status !== "degraded") await sleep(100);
    expect(await health()).toMatchObject({ en: "New policies were refused; the last good set is in force" });
    const during = await ask();
    expect([during.status, policySet(during)]).toEqual([200, policySet(before)]);

    writeFileSync(join(policies, "8-local.cedar"), RULE);
    while ((await health()).status !== "ready") await sleep(100);
    const after = await ask();
    expect(codeOf(after)).toEqual([403, "AUDIT_UNDERWAY"]);
    expect(after.body["reasons"]).toEqual([
      expect.objectContaining({ rule: "no-mining-for-now", zh: "审计期间暂停。" }),
    ]);
  });

  const RULE = `@id("no-mining-for-now")
@code("AUDIT_UNDERWAY")
@zh("审计期间暂停。")
@en("Suspended while an audit is under way.")
forbid (principal, action == Action::"lookup", resource == Resource::"mining-licence");
`;
});
