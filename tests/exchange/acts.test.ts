import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SHIPPED_SET } from "#policies/policies.ts";
import { ANHUI_SOURCE } from "#gateway/demo/sources.ts";
import type { ActRecord, ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { readJournal } from "#gateway/log/journal.ts";
import type { Grant } from "#gateway/registry/entities.ts";
import { type DemoService, startDemo } from "./demo-service.ts";
import { type Answer, codeOf, type Gateway } from "./gateway.ts";
import { type Kept, upload } from "./operator.ts";
import { PURPOSES } from "./questions.ts";

const policies = mkdtempSync(join(tmpdir(), "tongyan-policies-"));
let demo: DemoService;
let gateway: Gateway;
beforeAll(async () => {
  cpSync(SHIPPED_SET, policies, { recursive: true });
  demo = await startDemo({ TONGYAN_POLICIES: policies });
  gateway = demo.gateway;
});
afterAll(async () => {
  await demo.close();
  rmSync(policies, { recursive: true });
});

const GRANT = "/v1/grants/guangdong-real-estate";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where the log has what was done. */
function exchangeIn({ headers }: Answer): string {
  const exchange = headers.get("tongyan-exchange") ?? "";
  expect(exchange).toMatch(UUID);
  return exchange;
}

const stored = async (exchange: string, by = "auditor"): Promise<Answer> =>
  await gateway.get(by, `/v1/exchanges/${exchange}`);
const recorded = async (exchange: string, by = "auditor"): Promise<unknown> =>
  (await stored(exchange, by)).body["record"];

async function grantNow(): Promise<Grant> {
  const { body } = await gateway.get("operator", GRANT);
  return (body as unknown as Kept<Grant>).entry;
}

/** Every act that is durable, as it stands on disk. */
function actsOnDisk(data = demo.data): readonly ActRecord[] {
  const records = [...readJournal(join(data, "log", "journal"), 0)].map(
    ({ record }) => JSON.parse(record.toString()) as ExchangeRecord,
  );
  return records.filter((record) => record.kind === "act");
}

/** Once the service has stopped in good order, when the journal is empty. */
function actsInIndex(): readonly ActRecord[] {
  const index = new DatabaseSync(join(demo.data, "log", "index.sqlite"), { readOnly: true });
  try {
    const rows = index.prepare("SELECT CAST(record AS TEXT) AS record FROM act_content ORDER BY entry").all();
    return rows.map(({ record }) => JSON.parse(String(record)) as ActRecord);
  } finally {
    index.close();
  }
}

test("how the service came to be is on record: its start, its first entries", () => {
  const own = actsOnDisk().filter(({ client }) => client === null);
  expect(own.map(({ act, to }) => [act, to]).slice(0, 2)).toEqual([
    ["start-service", "service"],
    ["fill-registry", "registry"],
  ]);
  expect(own[0]?.detail).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    policies: expect.stringMatching(/^sha256:/),
    trust: expect.stringMatching(/^sha256:/),
  });
});

describe("what operators do is on record", () => {
  test("a grant that is suspended", async () => {
    const put = await gateway.put("operator", GRANT, { ...(await grantNow()), suspended: true });
    const { version } = put.body as unknown as Kept<Grant>;
    const exchange = exchangeIn(put);
    expect(await recorded(exchange)).toMatchObject({
      id: exchange,
      kind: "act",
      act: "change-entry",
      to: "grant/guangdong-real-estate",
      client: { id: "operator", authentication: "token" },
      detail: { change: "put", version, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), by: "operator" },
    });
  });

  test("a grant that is so already: there is nothing to record", async () => {
    const put = await gateway.put("operator", GRANT, await grantNow());
    expect([put.status, put.headers.get("tongyan-exchange")]).toEqual([200, null]);
  });

  test("a client that is taken out", async () => {
    const { body } = await gateway.get("operator", "/v1/clients/shache-window");
    const { entry } = body as unknown as Kept<object>;
    await gateway.put("operator", "/v1/clients/retired-window", { ...entry, id: "retired-window" });
    const removed = await gateway.send("/v1/clients/retired-window", { client: "operator", method: "DELETE" });
    expect(removed.status).toBe(204);
    expect(await recorded(exchangeIn(removed))).toMatchObject({
      act: "change-entry",
      to: "client/retired-window",
      detail: { change: "remove", digest: null },
    });
  });

  test("a case that a department opens, for itself to read too", async () => {
    const put = await gateway.put("anhui-window", "/v1/cases/BJ-2026-0777", { item: "MNR-1161-03", state: "open" });
    const exchange = exchangeIn(put);
    const { organisation } = PURPOSES.anhuiMortgage;
    for (const reader of ["auditor", "operator", "anhui-window"]) {
      expect(await recorded(exchange, reader)).toMatchObject({ to: `case/${organisation}/BJ-2026-0777` });
    }
    for (const other of ["guangdong-window", "shache-window"]) {
      expect(codeOf(await stored(exchange, other))).toEqual([404, "EXCHANGE_UNKNOWN"]);
    }
  });

  test("a table that comes into use, without a word of what it holds; one that does not is no act", async () => {
    const header = "不动产权证号,不动产单元号,权利人,证件号,坐落,面积,权利类型,登记日期,联系电话,抵押,状态";
    const row =
      "皖（2026）示例市不动产权第0000001号,340000001001GB00001F00000001,示例,11010519491231002X,安徽省示例市示例区示例路1号,88.00,国有建设用地使用权/房屋所有权,2026-03-01,13800000000,否,现势";
    const refused = await upload(gateway, ANHUI_SOURCE.id, `${header}\r\n${row.replace("88.00", "八十八")}\r\n`);
    expect([refused.body["replaced"], refused.headers.get("tongyan-exchange")]).toEqual([false, null]);

    const taken = await upload(gateway, ANHUI_SOURCE.id, `${header}\r\n${row}\r\n`);
    const { sha256, rows } = taken.body as { readonly sha256: string; readonly rows: number };
    const { body, text } = await stored(exchangeIn(taken));
    expect(body["record"]).toMatchObject({
      act: "upload-table",
      to: `source/${ANHUI_SOURCE.id}`,
      detail: { digest: `sha256:${sha256}`, rows, accepted: 1, refused: 0 },
    });
    for (const value of ["11010519491231002X", "13800000000", "示例路"]) expect(text).not.toContain(value);
  });

  test("refusals are no acts", async () => {
    const before = actsOnDisk().length;
    for (const client of ["anhui-window", "auditor", "anhui-approver"]) {
      expect(codeOf(await gateway.put(client, GRANT, await grantNow()))).toEqual([403, "DENIED"]);
    }
    const wrong = await gateway.put("operator", GRANT, { ...(await grantNow()), fields: ["salary"] });
    expect(codeOf(wrong)).toEqual([422, "ENTRY_INVALID"]);
    expect(wrong.headers.get("tongyan-exchange")).toBeNull();
    expect(actsOnDisk()).toHaveLength(before);
  });
});

describe("what the service does by itself is on record", () => {
  test("policies that it takes, and those that it refuses", async () => {
    const file = join(policies, "1-callers.cedar");
    const changes = () => actsOnDisk().filter(({ act }) => act === "change-policies");
    for (const [text, outcome] of [
      ["// another day", "in-force"],
      ["forbid", "refused"],
    ] as const) {
      const { length } = changes();
      appendFileSync(file, `\n${text}\n`);
      await vi.waitFor(() => expect(changes()).toHaveLength(length + 1), { timeout: 30_000, interval: 100 });
      expect(changes().at(-1)).toMatchObject({ client: null, to: "policies", detail: { outcome } });
    }
    const [taken, refused] = changes();
    expect(refused?.detail["before"]).toBe(taken?.detail["digest"]);
  });

  test("its end", async () => {
    expect(await demo.serving.end("SIGTERM")).toBe(0);
    const acts = actsInIndex();
    const [start] = acts;
    expect(start).toMatchObject({ act: "start-service" });
    expect(acts.at(-1)).toMatchObject({
      client: null,
      act: "stop-service",
      to: "service",
      detail: { version: start?.detail["version"], trust: start?.detail["trust"] },
    });
  });
});
