import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NOW } from "../test-records.ts";
import type { Alert } from "./alert-board.ts";
import { AlertStore, type SavedAlerts } from "./alert-store.ts";
import { findingOf } from "./test-findings.ts";

const at = new Date(NOW).toISOString();
const ALERT: Alert = {
  ...findingOf("burst", "window"),
  id: "burst:window",
  severity: "warning",
  state: "firing",
  since: at,
  raisedAt: at,
};
const SAVED: SavedAlerts = { firing: [ALERT], deliveries: [{ id: "1", alert: { ...ALERT, state: "resolved" } }] };
const NOTHING: SavedAlerts = { firing: [], deliveries: [] };

let directory: string;
let file: string;
let troubles: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "alerts-"));
  file = join(directory, "alerts.json");
  troubles = [];
});
afterEach(() => rmSync(directory, { recursive: true }));
const storeOf = () => new AlertStore({ file, onTrouble: (what, detail) => void troubles.push(`${what} ${detail}`) });

test("what was saved last is there again, for its owner alone", async () => {
  const store = storeOf();
  expect(store.load()).toEqual(NOTHING);
  store.save(NOTHING);
  store.save(NOTHING);
  store.save(SAVED);
  await store.flush();
  expect(storeOf().load()).toEqual(SAVED);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(directory)).toEqual(["alerts.json"]);
  expect(troubles).toEqual([]);
});

test("saving waits for nothing, and a thousand times is not a thousand files", async () => {
  const store = storeOf();
  for (let i = 0; i < 1000; i += 1) store.save({ firing: [], deliveries: [{ id: String(i), alert: ALERT }] });
  expect(readdirSync(directory).filter((name) => name === "alerts.json")).toEqual([]);
  await store.flush();
  expect(storeOf().load().deliveries).toMatchObject([{ id: "999" }]);
});

test.each([
  ["", "SyntaxError"],
  ["{", "SyntaxError"],
])("a file that holds %o is told of, and nothing is known", (text, code) => {
  writeFileSync(file, text, { mode: 0o600 });
  expect(storeOf().load()).toEqual(NOTHING);
  expect(troubles).toEqual([`the saved alerts cannot be read; none is known ${code}`]);
});

test.each([
  "null",
  "[]",
  '"firing"',
  '{"firing":{},"deliveries":7}',
  '{"firing":[null,1,"a",[],{}],"deliveries":[null,{"id":1},{"id":"1"},{"id":"1","alert":{"id":"x"}}]}',
  JSON.stringify({
    firing: [
      { ...ALERT, rule: "constructor" },
      { ...ALERT, state: "loud" },
      { ...ALERT, subject: 7 },
    ],
  }),
])("of %s nothing is taken for an alert", (text) => {
  writeFileSync(file, text, { mode: 0o600 });
  expect(storeOf().load()).toEqual(NOTHING);
});

test("a file that everybody could have written is not believed", () => {
  writeFileSync(file, JSON.stringify(SAVED));
  chmodSync(file, 0o666);
  expect(storeOf().load()).toEqual(NOTHING);
  expect(troubles).toEqual(["the saved alerts cannot be read; none is known PrivateFileError"]);
});

test("a place that cannot be written to is told of each time, and the next time may be better", async () => {
  mkdirSync(file);
  const store = storeOf();
  store.save(SAVED);
  await store.flush();
  expect(troubles).toEqual([expect.stringMatching(/^the alerts cannot be saved E/)]);
  rmSync(file, { recursive: true });
  store.save(SAVED);
  await store.flush();
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(SAVED);
});
