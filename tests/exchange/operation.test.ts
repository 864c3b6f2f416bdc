import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Case, Grant, Item } from "#gateway/registry/entities.ts";
import { type DemoService, startDemo } from "./demo-service.ts";
import { type Answer, codeOf, exchangeOf, type Gateway, recordIn } from "./gateway.ts";
import { change, type Kept } from "./operator.ts";
import { ABOUT_CARD, ABOUT_MINE, ABOUT_TITLE, PURPOSES, SAME_QUESTION } from "./questions.ts";

const SHIPPED = fileURLToPath(new URL("../../policies/set/", import.meta.url));

const policies = mkdtempSync(join(tmpdir(), "tongyan-policies-"));
let demo: DemoService;
let gateway: Gateway;

beforeAll(async () => {
  cpSync(SHIPPED, policies, { recursive: true });
  demo = await startDemo({ TONGYAN_POLICIES: policies });
  gateway = demo.gateway;
});
afterAll(async () => {
  await demo.close();
  rmSync(policies, { recursive: true });
});

const lookUp = (client: string, purpose: object, about: object = SAME_QUESTION): Promise<Answer> =>
  gateway.post(client, "/v1/lookups", { ...about, purpose });

describe("a grant", () => {
  const path = "/v1/grants/guangdong-real-estate";
  const ask = async () => codeOf(await lookUp("guangdong-window", PURPOSES.guangdongSearch));

  test("that is suspended denies at once, and counts again as soon as it is not", async () => {
    expect(await ask()).toEqual([200, undefined]);
    const { version } = await change<Grant>(gateway, path, () => ({ suspended: true }));
    expect(await ask()).toEqual([403, "GRANT_SUSPENDED"]);
    expect(await change<Grant>(gateway, path, () => ({ suspended: false }))).toMatchObject({ version: version + 1 });
    expect(await ask()).toEqual([200, undefined]);
  });

  test("that has ended denies", async () => {
    const { entry } = await change<Grant>(gateway, path, () => ({ until: new Date(Date.now() - 1000).toISOString() }));
    expect(await ask()).toEqual([403, "GRANT_EXPIRED"]);
    await change<Grant>(gateway, path, () => ({ until: new Date(Date.now() + 86_400_000).toISOString() }));
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

describe("a batch", () => {
  test("asks several sources, and says which part is missing rather than failing whole", async () => {
    const code = PURPOSES.anhuiMining.itemCode;
    const uses = {
      "real-estate-certificate": ["certificateNumber", "state"],
      "surveyor-card": ["cardNumber", "state"],
    };
    await change<Item>(gateway, `/v1/items/${code}`, (item) => ({ uses: { ...item.uses, ...uses } }));
    for (const grant of ["anhui-real-estate", "anhui-surveyor"]) {
      await change<Grant>(gateway, `/v1/grants/${grant}`, ({ items }) => ({ items: [...items, code] }));
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
    expect(recordIn(await gateway.get("anhui-window", pathOf(title.answer)))["outcome"]).toEqual({
      result: "FOUND",
      code: null,
    });
    expect(recordIn(await gateway.get("anhui-window", pathOf(card.problem)))["outcome"]).toEqual({
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
