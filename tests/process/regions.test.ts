import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, codeOf, demoKeys, exchangeOf, type Gateway, gatewayAt, recordIn } from "../exchange/gateway.ts";
import { ABOUT_CARD, ABOUT_MINE, PURPOSES, SAME_QUESTION } from "../exchange/questions.ts";
import { allGone, childrenOf, KNOWS_PROCESSES } from "./child-processes.ts";
import { type Serving, startServing } from "./serving.ts";

let data: string;
let serving: Serving;
let gateway: Gateway;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), "tongyan-"));
  await start();
});
afterAll(async () => {
  await serving.end("SIGTERM");
  rmSync(data, { recursive: true, force: true });
});

async function start(): Promise<void> {
  serving = await startServing({ TONGYAN_DATA: data });
  gateway = gatewayAt(serving.url, demoKeys(data));
}

const askAnhui = (): Promise<Answer> =>
  gateway.post("anhui-window", "/v1/lookups", { ...SAME_QUESTION, purpose: PURPOSES.anhuiMortgage });
const askGuangdong = (): Promise<Answer> =>
  gateway.post("anhui-window", "/v1/lookups", { ...ABOUT_MINE, fields: ["mineral"], purpose: PURPOSES.anhuiMining });
const askShache = (): Promise<Answer> =>
  gateway.post("anhui-window", "/v1/matches", {
    ...ABOUT_CARD,
    claims: { holderName: "李四" },
    purpose: PURPOSES.anhuiSurveyor,
  });
const statuses = async (): Promise<number[]> =>
  (await Promise.all([askAnhui(), askGuangdong(), askShache()])).map(({ status }) => status);

type Health = { readonly status: string; readonly checks: { readonly sources: { readonly detail?: string } } };
const health = async (): Promise<Health> => (await gateway.get(null, "/health/ready")).body as unknown as Health;

// In order: each goes on with what the one before has left.
describe.skipIf(!KNOWS_PROCESSES)("three regions", () => {
  test("run in processes of their own", async () => {
    expect(await statuses()).toEqual([200, 200, 200]);
    const commands = childrenOf(serving.pid).map(({ command }) => command);
    expect(commands.toSorted()).toEqual([
      expect.stringMatching(/guangdong-service\.ts .+mining-licences\.json$/),
      expect.stringMatching(/main\.ts serve$/),
    ]);
  });

  test("of which one is killed: its resource is unavailable, with a reason and a time to come back", async () => {
    const guangdong = childrenOf(serving.pid).filter(({ command }) => command.includes("guangdong-service"));
    for (const { pid } of guangdong) process.kill(pid, "SIGKILL");
    await allGone(guangdong);

    const answer = await askGuangdong();
    expect(codeOf(answer)).toEqual([503, "SOURCE_UNAVAILABLE"]);
    expect(answer.body).toMatchObject({ zh: "数据源无法连接", en: "The source cannot be reached" });
    expect(answer.body).not.toHaveProperty("detail");
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const record = await gateway.get("anhui-window", `/v1/exchanges/${exchangeOf(answer)}`);
    expect(recordIn(record)).toMatchObject({
      outcome: { result: "UNANSWERED", code: "SOURCE_UNAVAILABLE" },
      disclosed: [],
      source: null,
    });
  });

  test("of which one is down: the others go on, and it is left alone after a while", async () => {
    const codes: unknown[] = [];
    for (let asked = 0; asked < 6; asked++) codes.push(codeOf(await askGuangdong())[1]);
    expect(codes.at(-1)).toBe("SOURCE_SUSPENDED");
    expect((await statuses()).filter((status) => status === 200)).toHaveLength(2);
  });

  test("of which one is down: a licence of it stays open when its register is to be asked", async () => {
    const query = new URLSearchParams({ resource: "mining-licence", ...PURPOSES.anhuiMining });
    const body = readFileSync(join(data, "demo", "mining-v1.ofd"));
    const headers = { "content-type": "application/ofd" };
    const call = { client: "anhui-window", method: "POST", headers, body };
    const answer = await gateway.send(`/v1/verifications?${query}`, call);
    const [open, whole] = [{ outcome: "unsure", code: "REGISTER_UNANSWERED" }, { outcome: "passed" }];
    expect(answer.body).toMatchObject({
      verdict: "INDETERMINATE",
      answers: { integrity: whole, authority: whole, status: open, binding: open },
      register: { resource: "mining-licence", code: expect.stringMatching(/^SOURCE_/) as string },
    });
    expect((await gateway.send("/v1/verifications", call)).body["verdict"]).toBe("PASSED");
  });

  test("of which one is down: health says so, with the reason, and the service is not taken for unavailable", async () => {
    while ((await health()).status === "ready") await sleep(100);
    const { status, checks } = await health();
    expect(status).toBe("degraded");
    expect(checks.sources).toMatchObject({ status: "degraded", en: "Some sources cannot be asked" });
    expect(checks.sources.detail).toMatch(/^guangdong-mining (?:unavailable|degraded): .{10,}/);
    expect(checks.sources.detail).not.toContain("shache");
  });

  test("stop with the service, and start again on the same data with all that was registered", async () => {
    const number = "BJ-2026-0200";
    const put = await gateway.put("anhui-window", `/v1/cases/${number}`, { item: "MNR-1161-03", state: "open" });
    expect(put.status).toBe(200);
    const { body } = await gateway.get("operator", "/v1/grants/guangdong-real-estate");
    const entry = { ...(body["entry"] as object), suspended: true };
    expect((await gateway.put("operator", "/v1/grants/guangdong-real-estate", entry)).status).toBe(200);
    const exchange = exchangeOf(await askAnhui());

    const licence = readFileSync(join(data, "demo", "realestate-v4.ofd"));
    const children = childrenOf(serving.pid);
    expect(await serving.end("SIGTERM")).toBe(0);
    // Nothing is waited for: they have ended before their parent did.
    expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);

    await start();
    expect(await statuses()).toEqual([200, 200, 200]);
    expect((await gateway.get("anhui-window", `/v1/cases/${number}`)).body["entry"]).toMatchObject({ state: "open" });
    const denied = await gateway.post("guangdong-window", "/v1/lookups", {
      ...SAME_QUESTION,
      purpose: PURPOSES.guangdongSearch,
    });
    expect(codeOf(denied)).toEqual([403, "GRANT_SUSPENDED"]);
    expect((await gateway.get("anhui-window", `/v1/exchanges/${exchange}`)).status).toBe(200);
    expect(readFileSync(join(data, "demo", "realestate-v4.ofd")).equals(licence)).toBe(true);
  });

  test("end by themselves when the service is killed, and start again even so, with what is missing made anew", async () => {
    const children = childrenOf(serving.pid);
    expect(children).toHaveLength(2);
    expect(await serving.end("SIGKILL")).toBe("SIGKILL");
    await allGone(children);
    rmSync(join(data, "demo", "trust"), { recursive: true });
    await start();
    expect(await statuses()).toEqual([200, 200, 200]);
    expect(existsSync(join(data, "demo", "trust", "root.cer"))).toBe(true);
    expect(readdirSync(data).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
