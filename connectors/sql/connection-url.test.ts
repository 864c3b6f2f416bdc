import { expect, test } from "vitest";
import { SettingsError } from "../settings.ts";
import { parseConnectionUrl } from "./connection-url.ts";

test.each([
  [
    "postgres://reader:s3cret@db.hefei.gov.cn:5433/share",
    { host: "db.hefei.gov.cn", port: 5433, user: "reader", password: "s3cret", database: "share" },
  ],
  ["postgresql://reader@10.1.2.3/share\n", { host: "10.1.2.3", port: 5432, password: "" }],
  ["postgres://r:p%40s%2Fs@[fd00::1]/share", { host: "fd00::1", password: "p@s/s" }],
  ["postgres://r:p@h/%E5%85%B1%E4%BA%AB", { database: "共享" }],
])("%j", (text, expected) => {
  expect(parseConnectionUrl(text, "db")).toMatchObject(expected);
});

test.each([
  "s3cret",
  "https://reader:s3cret@db/share",
  "postgres://reader:s3cret@db/share?host=/var/run/postgresql",
  "postgres://reader:s3cret@db/share?options=-c%20default_transaction_read_only%3Doff",
  "postgres://reader:s3cret@db/share#x",
  "postgres://reader:s3cret@db/",
  "postgres://:s3cret@db/share",
  "postgres:///share",
  "postgres://reader:s3cret%@db/share",
  "postgres://reader:s3cret@%2Fvar%2Frun/share",
])("%j is refused, and the error quotes nothing of it", (text) => {
  const refused = () => parseConnectionUrl(text, "db");
  expect(refused).toThrow(SettingsError);
  expect(refused).toThrow(/^(?!.*s3cret).*the secret db/s);
});
