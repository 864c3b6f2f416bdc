import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { residentNumberCheck } from "#certs/licence/resident-number.ts";
import type { ExchangePage, ExchangeSummary } from "#gateway/log/index/exchange-index.ts";
import { personName } from "#gateway/log/person-name.ts";
import { openPseudonyms } from "#gateway/log/pseudonym.ts";
import { verifyReceipt } from "#gateway/log/receipts/verify-receipt.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";
import { checkAnswer } from "../http/contract-check.ts";
import { type DemoService, startDemo } from "./demo-service.ts";
import { type Answer, codeOf, exchangeOf, type Gateway, gatewayAt } from "./gateway.ts";
import { PURPOSES, type Purpose } from "./questions.ts";

let demo: DemoService;
let gateway: Gateway;
beforeAll(async () => {
  demo = await startDemo();
  gateway = demo.gateway;
});
afterAll(() => demo.close());

/** One of the demo's nobodies: a certificate, and whom it belongs to. */
function somebody(serial: number) {
  const first17 = `110105${1800 + (serial % 80)}0101${String(serial % 1000).padStart(3, "0")}`;
  const title = `皖（2025）示例市不动产权第${String(serial).padStart(7, "0")}号`;
  return { title, person: first17 + residentNumberCheck(first17) };
}

type Facts = { readonly serial: number; readonly official?: string; readonly fields?: readonly string[] };

/** Looks a nobody up; the exchange's identifier. */
async function lookUp(client: string, purpose: Purpose, { serial, official, fields }: Facts): Promise<string> {
  const answer = await gateway.post(client, "/v1/lookups", {
    resource: "real-estate-certificate",
    region: "340100",
    keys: { certificateNumber: somebody(serial).title },
    fields: fields ?? ["holderCode", "state"],
    purpose: { ...purpose, ...(official !== undefined && { official }) },
  });
  expect(answer.status).toBe(200);
  return exchangeOf(answer);
}

const pageIn = ({ body }: Answer): Omit<ExchangePage, "next"> & { readonly next: string | null } => body as never;
const found = async (client: string, query: string): Promise<readonly ExchangeSummary[]> =>
  pageIn(await gateway.get(client, `/v1/exchanges${query}`)).exchanges;
const ids = (exchanges: readonly ExchangeSummary[]): string[] => exchanges.map(({ id }) => id);

/** An answer, held against the contract. */
async function promised(client: string, path: string, init: { method?: string; json?: unknown } = {}): Promise<Answer> {
  const { method = "GET", json } = init;
  const headers = {
    authorization: `Bearer ${await gateway.token(client)}`,
    ...(json !== undefined && { "content-type": "application/json" }),
  };
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers,
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const answered = response.clone();
  await checkAnswer(method, `${gateway.url}${path}`, response);
  const text = await answered.text();
  const isJson = answered.headers.get("content-type")?.includes("json") === true && !path.includes("export");
  return { status: answered.status, headers: answered.headers, text, body: isJson ? JSON.parse(text) : {} };
}

describe("a search", () => {
  let ours: string[];
  let theirs: string;
  beforeAll(async () => {
    ours = [
      await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1010 }),
      await lookUp("anhui-window", PURPOSES.anhuiPresale, { serial: 1010 }),
      await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1011 }),
    ].toReversed();
    theirs = await lookUp("guangdong-window", PURPOSES.guangdongSearch, { serial: 1010 });
  });

  test("finds for a department what it asked, for those who oversee all of it", async () => {
    expect(ids(await found("anhui-window", ""))).toEqual(expect.arrayContaining(ours));
    expect(ids(await found("anhui-window", ""))).not.toContain(theirs);
    expect(await found("anhui-window", "?client=guangdong-window")).toEqual([]);
    expect(ids(await found("guangdong-window", ""))).toEqual([theirs]);
    for (const overseer of ["auditor", "operator"])
      expect(ids(await found(overseer, ""))).toEqual(expect.arrayContaining([...ours, theirs]));
    expect(codeOf(await gateway.get(null, "/v1/exchanges?client=anhui-window"))).toEqual([200, undefined]);
    expect(pageIn(await gateway.get(null, "/v1/exchanges?client=anhui-window")).exchanges).toEqual([]);
  });

  test.each([
    ["by item", "?client=anhui-window&item=MNR-1161-01", [1]],
    ["by case", "?case=BJ-2026-0001&organisation=11340000MB0E00011X", [0, 2]],
    ["by resource and outcome", "?client=anhui-window&resource=real-estate-certificate&outcome=FOUND", [0, 1, 2]],
    ["by kind", "?client=anhui-window&kind=match", []],
    ["by a time that is over", "?client=anhui-window&to=2026-01-01T00%3A00%3A00Z", []],
    ["by a time that is to come", "?client=anhui-window&from=2099-01-01T00%3A00%3A00%2B08%3A00", []],
  ])("%s", async (_, query, wanted) => {
    expect(ids(await found("auditor", query))).toEqual(wanted.map((at) => ours[at]));
  });

  test("goes page by page, in what the contract promises", async () => {
    const seen: string[] = [];
    for (let before = ""; ;) {
      const page = pageIn(await promised("auditor", `/v1/exchanges?client=anhui-window&kind=lookup&limit=1${before}`));
      seen.push(...ids(page.exchanges));
      if (page.next === null) break;
      before = `&before=${page.next}`;
    }
    expect(seen).toEqual(ours);
  });

  test("finds acts, and what they are", async () => {
    const [start] = await found("auditor", "?kind=act&outcome=start-service");
    expect(start).toMatchObject({ kind: "act", outcome: "start-service", client: null, case: null });
    const { body } = await promised("auditor", `/v1/exchanges/${start?.id}`);
    expect(body).toMatchObject({ index: start?.index, record: { act: "start-service" }, erased: null, subject: null });
    expect(codeOf(await gateway.get("anhui-window", `/v1/exchanges/${start?.id}`))).toEqual([404, "EXCHANGE_UNKNOWN"]);
  });

  test.each([
    "?limit=0",
    "?limit=1001",
    "?limit=9999999999999999999",
    "?limit=ten",
    "?before=-1",
    "?before=1.5",
    "?before=0x10",
    "?before=%27%20OR%201%3D1",
    "?from=yesterday",
    "?from=2026-13-01T00:00:00Z",
    "?kind=everything",
    "?client=%27%3B%20DROP%20TABLE%20entries",
    "?case=a%22%7D",
    "?person=110101199003070011",
    "?client=anhui-window&client=guangdong-window",
  ])("is refused as %s", async (query) => {
    for (const path of ["/v1/exchanges", "/v1/exchanges/export"])
      expect(codeOf(await gateway.get("auditor", `${path}${query}`))).toEqual([400, "INVALID_REQUEST"]);
  });

  test("for a person takes its number in any writing, and leaves an act that does not name it", async () => {
    const { person } = somebody(1010);
    const wide = [...person].map((digit) => String.fromCodePoint((digit.codePointAt(0) ?? 0) + 0xfee0)).join("");
    // At the other two the source was not asked whose it is.
    for (const number of [person, ` ${person.toLowerCase()} `, wide]) {
      const answer = await promised("auditor", "/v1/exchanges/search", { method: "POST", json: { person: number } });
      expect(ids(pageIn(answer).exchanges)).toEqual([theirs, ours[2]]);
    }
    const few = { person, item: "MNR-1161-03", limit: 1 };
    expect(ids(pageIn(await gateway.post("auditor", "/v1/exchanges/search", few)).exchanges)).toEqual([ours[2]]);
    const [act] = await found("auditor", "?kind=act&outcome=read-evidence&limit=1");
    const { text, body } = await gateway.get("operator", `/v1/exchanges/${act?.id}`);
    expect(body).toMatchObject({ record: { act: "read-evidence", to: "person", client: { id: "auditor" } } });
    expect(text).not.toContain(person);
  });

  test("for a person would tell a department whose number it was shown masked, and is denied", async () => {
    const { person } = somebody(1010);
    const exchange = await gateway.get("guangdong-window", `/v1/exchanges/${theirs}`);
    expect(exchange.text).not.toContain(person);
    const asked = await gateway.post("guangdong-window", "/v1/exchanges/search", { person });
    expect(codeOf(asked)).toEqual([403, "DENIED"]);
  });

  test.each([
    ["a number whose check digit is wrong", { person: "110101199003070012" }, [422, "KEYS_INVALID"]],
    ["no person", {}, [400, "INVALID_REQUEST"]],
    ["two persons", { person: somebody(1010).person, pseudonym: "A".repeat(43) }, [400, "INVALID_REQUEST"]],
    ["half a pseudonym", { pseudonym: "AAAA" }, [400, "INVALID_REQUEST"]],
    ["a list of persons", { person: [somebody(1010).person] }, [400, "INVALID_REQUEST"]],
    ["a limit as text", { person: somebody(1010).person, limit: "10" }, [400, "INVALID_REQUEST"]],
  ])("for %s is refused", async (_, json, code) => {
    expect(codeOf(await gateway.post("auditor", "/v1/exchanges/search", json))).toEqual(code);
  });
});

describe("an export", () => {
  const linesIn = ({ text }: Answer): Record<string, unknown>[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test("holds whole records, and says at its end that it does", async () => {
    const answer = await gateway.get("auditor", "/v1/exchanges/export");
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = linesIn(answer);
    const last = lines.pop();
    expect(last).toEqual({ complete: true, count: lines.length });
    expect(lines[0]).toMatchObject({ record: { act: "read-evidence", to: "export" } });
    const indexes = lines.map(({ index }) => Number(index));
    expect(indexes).toEqual(Array.from({ length: lines.length }, (_, at) => lines.length - 1 - at));
  });

  test("of a department holds its own, and of nobody nothing", async () => {
    const lines = linesIn(await gateway.get("anhui-window", "/v1/exchanges/export?kind=lookup"));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.slice(0, -1)).toEqual(
      lines.slice(0, -1).map(() => expect.objectContaining({ record: expect.objectContaining({ kind: "lookup" }) })),
    );
    expect(codeOf(await gateway.get(null, "/v1/exchanges/export"))).toEqual([401, "AUTHENTICATION_REQUIRED"]);
  });
});

describe("a person's trail", () => {
  const about = { person: somebody(1020).person, purpose: "complaint" } as const;
  const ask = (client: string, json: object = about) => promised(client, "/v1/trails", { method: "POST", json });
  let shown: string;
  beforeAll(async () => {
    shown = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1020 });
  });

  test("says who asked, for what, and how it ended; the same before and after somebody whom the law hides", async () => {
    const before = await ask("auditor");
    expect(before.body).toMatchObject({
      entries: [
        {
          exchange: shown,
          kind: "lookup",
          client: "anhui-window",
          organisation: { code: "11340000MB0E00011X", name: "示例市自然资源和规划局" },
          item: { code: "MNR-1161-03", name: "抵押登记" },
          resource: { id: "real-estate-certificate", zh: expect.any(String) },
          outcome: "FOUND",
        },
      ],
      next: null,
      notice: { zh: expect.stringContaining("延迟"), en: expect.stringContaining("later") },
    });
    // A search of the land register is delayed by the usual rules.
    await lookUp("guangdong-window", PURPOSES.guangdongSearch, { serial: 1020 });
    expect((await ask("auditor")).body).toEqual(before.body);
    const all = await gateway.post("auditor", "/v1/exchanges/search", { person: about.person });
    expect(pageIn(all).exchanges).toHaveLength(2);
  });

  test("of somebody about whom nobody asked says the same of the law", async () => {
    const { body } = await ask("auditor", { ...about, person: somebody(1099).person });
    expect(body).toEqual({ entries: [], next: null, notice: (await ask("auditor")).body["notice"] });
  });

  test("is for portals and auditors only", async () => {
    for (const client of ["anhui-window", "guangdong-window", "operator", "anhui-approver"])
      expect(codeOf(await ask(client))).toEqual([403, "DENIED"]);
    expect(codeOf(await gateway.post(null, "/v1/trails", about))).toEqual([401, "AUTHENTICATION_REQUIRED"]);
    const portal = await registeredPortal();
    expect(await portal.post("anhui-portal", "/v1/trails", { ...about, purpose: "own-request" })).toMatchObject({
      status: 200,
      body: { entries: [{ exchange: shown }] },
    });
    expect(codeOf(await portal.get("anhui-portal", "/v1/exchanges"))).toEqual([200, undefined]);
    expect(pageIn(await portal.get("anhui-portal", "/v1/exchanges?kind=lookup")).exchanges).toEqual([]);
    expect(codeOf(await portal.get("anhui-portal", `/v1/exchanges/${shown}`))).toEqual([404, "EXCHANGE_UNKNOWN"]);
  });

  test.each([
    [{ purpose: "complaint" }, [400, "INVALID_REQUEST"]],
    [{ person: somebody(1020).person }, [400, "INVALID_REQUEST"]],
    [{ ...about, purpose: "curiosity" }, [400, "INVALID_REQUEST"]],
    [{ ...about, before: 7 }, [400, "INVALID_REQUEST"]],
    [{ ...about, limit: 100_000 }, [400, "INVALID_REQUEST"]],
    [{ ...about, person: "110101199003070012" }, [422, "KEYS_INVALID"]],
    [{ ...about, person: "'; DROP TABLE entries" }, [422, "KEYS_INVALID"]],
  ])("is refused to %j", async (json, code) => {
    expect(codeOf(await ask("auditor", json))).toEqual(code);
  });

  async function registeredPortal(): Promise<Gateway> {
    const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const names = { kid: "portal-1", alg: "ES256" };
    const client = {
      id: "anhui-portal",
      organisation: { code: "11340000MB0E01057U", name: "示例省数据资源管理局", region: "340000" },
      roles: ["portal"],
      active: true,
      keys: [{ ...key.publicKey.export({ format: "jwk" }), ...names }],
      hmac: null,
      certificates: [],
      perMinute: 60,
    };
    expect((await gateway.put("operator", "/v1/clients/anhui-portal", client)).status).toBe(200);
    return gatewayAt(gateway.url, () => ({ ...key.privateKey.export({ format: "jwk" }), ...names }) as JWK);
  }
});

describe("erasing", () => {
  const ORDER = { basis: "court-order", reference: "（2026）皖01行终12号" };
  const erase = (client: string, id: string, json: object = ORDER) =>
    promised(client, `/v1/exchanges/${id}/erasure`, { method: "POST", json });

  /** Every file under the data directory. */
  const everyFile = (): Buffer[] =>
    readdirSync(demo.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  const isAnywhere = (bytes: Buffer | string): boolean => everyFile().some((file) => file.includes(bytes));

  /** In the forms in which a pseudonym is written. */
  function pseudonymOf(serial: number): readonly (Buffer | string)[] {
    const text = openPseudonyms(join(demo.data, "keys"))(personName(somebody(serial).person));
    return [text, Buffer.from(text, "base64url").subarray(0, 16)];
  }

  const receiptOf = async (id: string): Promise<string> =>
    (await gateway.get("auditor", `/v1/exchanges/${id}/receipt`)).text;
  /** With the log's own keys and nothing else at hand. */
  function proves(receipt: string): unknown {
    const lines = readFileSync(join(demo.data, "log", "keys"), "utf8")
      .trim()
      .split("\n");
    const keys = lines.map(readVerifierKey);
    const question = { keys, witnesses: [], request: null, answer: null, now: Date.now() };
    const outcome = verifyReceipt(Buffer.from(receipt), question);
    return outcome.holds ? { exchange: outcome.proven.exchange, kind: outcome.proven.record?.kind } : outcome.fault;
  }

  test("one exchange leaves nothing of it in any file, and every proof as it was", async () => {
    const official = `MARK${Date.now()}`;
    const id = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1030, official });
    const opened = await receiptOf(id);
    expect(Buffer.from(/^extra (.*)$/m.exec(opened)?.[1] ?? "", "base64").toString()).toContain(official);
    expect([official, ...pseudonymOf(1030)].map(isAnywhere)).toEqual([true, true, true]);

    const answer = await erase("operator", id);
    expect([answer.status, answer.body]).toEqual([200, { outcome: "erased" }]);
    expect([official, ...pseudonymOf(1030)].map(isAnywhere)).toEqual([false, false, false]);
    expect(isAnywhere(somebody(1030).person)).toBe(true);

    const kept = await promised("anhui-window", `/v1/exchanges/${id}`);
    expect(kept.body).toMatchObject({ record: null, subject: null, erased: { basis: "court-order" } });
    const closed = await receiptOf(id);
    expect(Buffer.from(/^extra (.*)$/m.exec(closed)?.[1] ?? "", "base64").toString()).not.toContain(official);
    expect(closed).not.toBe(opened);
    expect(proves(opened)).toEqual({ exchange: id, kind: "lookup" });
    expect(proves(closed)).toEqual({ exchange: id, kind: undefined });

    const { body } = await gateway.get("auditor", `/v1/exchanges/${answer.headers.get("tongyan-exchange")}`);
    expect(body).toMatchObject({
      record: { act: "erase-exchange", to: `exchange/${id}`, client: { id: "operator" }, detail: ORDER },
    });
    const again = await erase("operator", id);
    expect([again.body, again.headers.get("tongyan-exchange")]).toEqual([{ outcome: "already" }, null]);
  });

  test("all about one person leaves nothing, and others as they were", async () => {
    const official = `MARK${Date.now()}`;
    const gone = [
      await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1031, official }),
      await lookUp("guangdong-window", PURPOSES.guangdongSearch, { serial: 1031, official }),
    ];
    const other = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1032 });
    const { person } = somebody(1031);
    const young = { person, basis: "consent-withdrawn", reference: "撤回同意书" };
    const kept = await promised("auditor", "/v1/erasures", { method: "POST", json: young });
    expect([kept.status, kept.body]).toEqual([200, { erased: 0, kept: 2 }]);
    expect(isAnywhere(official)).toBe(true);

    const json = { person, ...ORDER };
    const answer = await promised("auditor", "/v1/erasures", { method: "POST", json });
    expect(answer.body).toEqual({ erased: 2, kept: 0 });
    expect([official, ...pseudonymOf(1031)].map(isAnywhere)).toEqual([false, false, false]);
    for (const id of gone)
      expect((await gateway.get("auditor", `/v1/exchanges/${id}`)).body).toMatchObject({ record: null });
    expect((await gateway.get("auditor", `/v1/exchanges/${other}`)).body).toMatchObject({ erased: null });
    const search = await gateway.post("auditor", "/v1/exchanges/search", { person });
    expect(pageIn(search).exchanges).toEqual([]);
    const { text } = await gateway.get("auditor", `/v1/exchanges/${answer.headers.get("tongyan-exchange")}`);
    expect(text).toContain('"exchanges":2');
    expect(text).not.toContain(person);
  });

  test("is refused", async () => {
    const id = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1033 });
    const absent = "019aa0c4-8fec-7228-858b-81eb96d713ef";
    const acts = async () => (await found("auditor", "?outcome=erase-exchange")).length;
    const before = await acts();
    const [act] = await found("auditor", "?kind=act&limit=1");
    const withdrawn = { basis: "consent-withdrawn", reference: "撤回同意书" };
    expect(codeOf(await erase("anhui-window", id))).toEqual([403, "DENIED"]);
    expect(codeOf(await erase("anhui-window", absent))).toEqual([403, "DENIED"]);
    expect(codeOf(await erase("operator", absent))).toEqual([404, "EXCHANGE_UNKNOWN"]);
    expect(codeOf(await erase("operator", id, withdrawn))).toEqual([409, "RETENTION_RUNNING"]);
    expect(codeOf(await erase("operator", act?.id ?? ""))).toEqual([409, "RETENTION_RUNNING"]);
    const references = [
      {},
      { basis: "court-order" },
      { ...ORDER, basis: "retention" },
      { ...ORDER, basis: "because" },
      { ...ORDER, reference: "" },
      { ...ORDER, reference: "张三\n李四" },
      { ...ORDER, reference: somebody(1033).person },
      { ...ORDER, reference: "x".repeat(101) },
      { ...ORDER, person: somebody(1033).person },
    ];
    for (const json of references) expect(codeOf(await erase("operator", id, json))).toEqual([400, "INVALID_REQUEST"]);
    for (const person of ["", "110101199003070012", "x"])
      expect((await gateway.post("operator", "/v1/erasures", { person, ...ORDER })).status).toBeGreaterThanOrEqual(400);
    expect((await gateway.get("auditor", `/v1/exchanges/${id}`)).body).toMatchObject({ erased: null });
    expect(await acts()).toBe(before);
  });
});

describe("a receipt", () => {
  test("is for whoever may read the exchange", async () => {
    const id = await lookUp("anhui-window", PURPOSES.anhuiMortgage, { serial: 1040 });
    for (const client of ["anhui-window", "auditor", "operator"]) {
      const { status, text } = await gateway.get(client, `/v1/exchanges/${id}/receipt`);
      expect([status, text.split("\n", 1)]).toEqual([200, ["c2sp.org/tlog-proof@v1"]]);
    }
    const codes = [["guangdong-window"], [null]].map(async ([client = null]) =>
      codeOf(await gateway.get(client, `/v1/exchanges/${id}/receipt`)),
    );
    expect(await Promise.all(codes)).toEqual([
      [404, "EXCHANGE_UNKNOWN"],
      [404, "EXCHANGE_UNKNOWN"],
    ]);
  });
});
