import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestDatabase } from "#connectors/sql/test-database.ts";
import { makeKey } from "#gateway/clients/test-clients.ts";
import { demoSeed } from "#gateway/registry/seed/demo-seed.ts";
import type { Seed } from "#gateway/registry/seed/seed.ts";
import { type Answer, codeOf, exchangeOf, recordIn } from "./gateway.ts";
import { PURPOSES, TITLE } from "./questions.ts";
import { type SeededService, startSeeded } from "./seeded-service.ts";

const KEYS = { "anhui-window": makeKey("EdDSA", "a"), "guangdong-window": makeKey("EdDSA", "g") } as const;
const database = await openTestDatabase();

/** As a register might keep it: other brackets than requests, padded numbers, a small x. */
const TABLE = `
  CREATE TABLE $schema.register (
    number varchar(64), unit varchar(32), holder text, holder_code char(20), location text, area numeric(12, 4),
    registered date, phone text, mortgaged boolean, state text, changed timestamptz, entry bigint);
  INSERT INTO $schema.register VALUES
    ('皖(2026)示例市不动产权第0000001号', 'U1', '张三', '11010519491231002x', '安徽省示例市示例区示例路1号', 89.5,
      '2026-08-13', '13800000000', true, 'current', '2026-11-01 08:00:00+08', 17),
    ('twice', 'U2', '张三', NULL, NULL, NULL, NULL, NULL, NULL, 'current', now(), 18),
    ('twice', 'U3', '李四', NULL, NULL, NULL, NULL, NULL, NULL, 'current', now(), 19);
  CREATE VIEW $schema.certificates AS SELECT * FROM $schema.register;
  GRANT SELECT ON $schema.certificates TO $role`;

let service: SeededService;

function seed(schema: string): Seed {
  const columns = {
    certificateNumber: "number",
    unitNumber: "unit",
    holderName: "holder",
    holderCode: "holder_code",
    location: "location",
    area: "area",
    registeredOn: "registered",
    contactPhone: "phone",
    mortgaged: "mortgaged",
    state: "state",
  };
  const settings = {
    kind: "sql",
    connection: "register-db",
    view: `${schema}.certificates`,
    columns,
    asOf: "changed",
    reference: "entry",
    sslmode: "disable",
    allowNetworks: ["127.0.0.1/32"],
  };
  const source = { id: "anhui-register", resource: "real-estate-certificate", zh: "登记库", en: "Register", settings };
  return demoSeed({
    now: Date.now(),
    credentials: {
      "anhui-window": { keys: [KEYS["anhui-window"].jwk] },
      "guangdong-window": { keys: [KEYS["guangdong-window"].jwk] },
    },
    issuers: {},
    sources: [source],
    routes: { [source.resource]: { "340000": source.id } },
  });
}

beforeAll(async () => {
  if (database === null) return;
  await database.run(TABLE);
  service = await startSeeded({
    seed: seed(database.schema),
    keys: Object.fromEntries(Object.entries(KEYS).map(([client, { privateJwk }]) => [client, privateJwk])),
    secrets: { "register-db": database.urlFor(database.role) },
  });
});
afterAll(async () => {
  if (database === null) return;
  await service.close();
  await database.drop();
});

const run = async (sql: string): Promise<readonly (readonly unknown[])[]> => (await database?.run(sql)) ?? [];
const FIELDS = ["holderName", "holderCode", "location", "area", "mortgaged", "state"];
const lookUp = (client: keyof typeof KEYS, number = TITLE): Promise<Answer> =>
  service.gateway.post(client, "/v1/lookups", {
    resource: "real-estate-certificate",
    region: "340100",
    keys: { certificateNumber: number },
    fields: FIELDS,
    purpose: client === "anhui-window" ? PURPOSES.anhuiMortgage : PURPOSES.guangdongSearch,
  });

describe.skipIf(database === null)("a department's PostgreSQL", () => {
  test("answers a lookup, as the policies allow", async () => {
    const { status, body } = await lookUp("anhui-window");
    expect([status, body["outcome"]]).toEqual([200, "FOUND"]);
    expect(body["source"]).toMatchObject({ id: "anhui-register", asOf: "2026-11-01T00:00:00.000Z", reference: "17" });
    expect(body["record"]).toEqual({
      holderName: "张三",
      holderCode: "110105********002x",
      location: "安徽省示例市示例区示例路1号",
      area: "89.5000",
      mortgaged: "true",
      state: "current",
    });
    expect((await lookUp("guangdong-window")).body["record"]).toEqual({
      holderName: "张*",
      holderCode: "110105********002x",
      location: "安徽省示例市示例区",
      area: "89.5000",
      mortgaged: null,
      state: "current",
    });
  });

  test("answers a match, in whatever writing it is claimed", async () => {
    const answer = await service.gateway.post("anhui-window", "/v1/matches", {
      resource: "real-estate-certificate",
      region: "340100",
      keys: { certificateNumber: TITLE },
      claims: { holderCode: "11010519491231002X", area: "89.5", registeredOn: "2026-08-13", holderName: "李四" },
      purpose: PURPOSES.anhuiMortgage,
    });
    expect(answer.body).toMatchObject({
      outcome: "MISMATCHED",
      claims: { holderCode: "match", area: "match", registeredOn: "match", holderName: "mismatch" },
      state: { code: "in-force" },
    });
  });

  test.each(["皖（2026）示例市不动产权第0000002号", "' OR '1'='1", `x'; DROP TABLE register; --`, "$1", "%"])(
    "knows no %s",
    async (number) => {
      expect((await lookUp("anhui-window", number)).body).toMatchObject({ outcome: "NOT_FOUND", record: null });
      expect((await lookUp("anhui-window")).body["outcome"]).toBe("FOUND");
    },
  );

  test("does not choose between two rows", async () => {
    expect(codeOf(await lookUp("anhui-window", "twice"))).toEqual([422, "KEYS_AMBIGUOUS"]);
  });

  test("that ends its connections is asked on new ones", async () => {
    const ended = await run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '$role'");
    expect(ended.length).toBeGreaterThan(0);
    // A question may be on its way already on one of those; it is not asked twice.
    let answer = await lookUp("anhui-window");
    for (; answer.status !== 200; answer = await lookUp("anhui-window")) {
      expect(codeOf(answer)).toEqual([503, "SOURCE_UNAVAILABLE"]);
    }
    expect(answer.body["outcome"]).toBe("FOUND");
  });

  test("that takes its view away is reported as such, on record, and well again without a restart", async () => {
    await run("REVOKE SELECT ON $schema.certificates FROM $role");
    const refused = await lookUp("anhui-window");
    expect(codeOf(refused)).toEqual([502, "SOURCE_REFUSED"]);
    expect(refused.text).not.toContain("certificates");
    const record = await service.gateway.get("anhui-window", `/v1/exchanges/${exchangeOf(refused)}`);
    expect(recordIn(record)["outcome"]).toEqual({ result: "UNANSWERED", code: "SOURCE_REFUSED" });
    await run("GRANT SELECT ON $schema.certificates TO $role");
    expect((await lookUp("anhui-window")).status).toBe(200);
  });
});
