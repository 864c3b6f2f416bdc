import { expect, test } from "vitest";
import { SettingsError } from "../settings.ts";
import { checkSqlSettings } from "./settings.ts";
import { resource } from "./test-resource.ts";

const columns = { certificateNumber: "bdcqzh", unitNumber: "bdcdyh", holderCode: "qlr_zjh", holderName: "qlr" };
const good = { kind: "sql", connection: "hefei-db", view: "share.v_bdcqz", columns };
const check = (changes: object) => checkSqlSettings({ ...good, ...changes }, resource);

test("what is left out has a safe value: TLS with the host's name verified, few connections, the Internet only", () => {
  expect(check({})).toMatchObject({
    view: { schema: "share", name: "v_bdcqz" },
    asOf: null,
    reference: null,
    tls: { mode: "verify-full", client: null },
    ca: null,
    allowed: [],
    connections: 4,
    bounds: { deadline: 5000 },
  });
});

test.each([
  [
    { asOf: null, reference: null },
    { asOf: null, reference: null },
  ],
  [
    { asOf: "gxsj", reference: "ywh" },
    { asOf: "gxsj", reference: "ywh" },
  ],
  [{ view: "共享.不动产权证" }, { view: { schema: "共享", name: "不动产权证" } }],
  [{ sslmode: "disable", allowNetworks: ["10.0.0.0/8"] }, { tls: { mode: "disable" } }],
  [
    { sslmode: "verify-ca", ca: "db-ca" },
    { tls: { mode: "verify-ca" }, ca: "db-ca" },
  ],
  [{ clientCertificate: "c", clientKey: "k" }, { tls: { client: { certificate: "c", key: "k" } } }],
  [
    { pool: { max: 9 }, bounds: { deadlineMs: 900 } },
    { connections: 9, bounds: { deadline: 900 } },
  ],
])("%j is taken", (changes, expected) => {
  expect(check(changes)).toMatchObject(expected);
});

test.each([
  [{ password: "x" }, "settings.password"],
  [{ kind: "table" }, "settings.kind"],
  [{ connection: "" }, "settings.connection"],
  [{ view: "v_bdcqz" }, "settings.view"],
  [{ view: "db.share.v_bdcqz" }, "settings.view"],
  [{ view: 'share.v"; DROP SCHEMA share; --' }, "settings.view"],
  [{ view: "share.v_bdcqz WHERE true" }, "settings.view"],
  [{ columns: { ...columns, holderName: "qlr, (SELECT 1)" } }, "settings.columns"],
  [{ columns: { ...columns, holderName: 'qlr"' } }, "settings.columns"],
  [{ columns: { ...columns, holderName: "q".repeat(64) } }, "settings.columns"],
  [{ columns: { ...columns, colour: "ys" } }, "settings.columns"],
  [{ columns: { ...columns, constructor: "ys" } }, "settings.columns"],
  [{ columns: { certificateNumber: "bdcqzh" } }, "unitNumber"],
  [{ asOf: "now()" }, "settings.asOf"],
  [{ reference: 5 }, "settings.reference"],
  [{ sslmode: "require" }, "settings.sslmode"],
  [{ sslmode: "disable" }, "settings.allowNetworks"],
  [{ sslmode: "disable", allowNetworks: ["10.0.0.0/8"], ca: "db-ca" }, "settings.sslmode"],
  [{ sslmode: "verify-ca" }, "settings.ca"],
  [{ clientKey: "k" }, "settings.clientCertificate"],
  [{ clientCertificate: "c" }, "settings.clientKey"],
  [{ pool: { max: 0 } }, "settings.pool.max"],
  [{ pool: { max: 51 } }, "settings.pool.max"],
  [{ pool: { min: 1 } }, "settings.pool.min"],
  [{ allowNetworks: "10.0.0.0/8" }, "settings.allowNetworks"],
  [{ allowNetworks: ["ten"] }, "settings.allowNetworks[0]"],
])("%j is refused, and the error names the member", (changes, member) => {
  expect(() => check(changes)).toThrow(SettingsError);
  expect(() => check(changes)).toThrow(member);
});
