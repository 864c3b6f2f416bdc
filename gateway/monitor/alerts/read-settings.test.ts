import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ConfigError } from "#gateway/config.ts";
import { readAlertSettings, USUAL_ALERTS } from "./read-settings.ts";
import { RULES } from "./rules.ts";

const directory = mkdtempSync(join(tmpdir(), "alerts-"));
const file = join(directory, "alerts.json");
afterAll(() => rmSync(directory, { recursive: true }));

const readText = (text: string) => {
  writeFileSync(file, text);
  return readAlertSettings(file);
};

test("an empty object is what is usual, and every rule is on", () => {
  expect(readText("{}")).toEqual(USUAL_ALERTS);
  expect(USUAL_ALERTS.everySeconds).toBe(5);
  expect(Object.values(USUAL_ALERTS.rules)).not.toContain(null);
  expect(Object.keys(USUAL_ALERTS.rules)).toEqual(Object.keys(RULES));
});

test("what is given goes before what is usual, and nothing else changes", () => {
  const { everySeconds, rules } = readText(
    '{"everySeconds": 30, "rules": {"source-slow": {"p95Milliseconds": 500}, "burst": {"enabled": false}, "quota-near": {"enabled": true}}}',
  );
  expect(everySeconds).toBe(30);
  expect(rules["source-slow"]).toEqual({ ...USUAL_ALERTS.rules["source-slow"], p95Milliseconds: 500 });
  expect(rules.burst).toBeNull();
  expect({ ...rules, burst: 0, "source-slow": 0 }).toEqual({ ...USUAL_ALERTS.rules, burst: 0, "source-slow": 0 });
});

test.each([
  ["", "no strict JSON"],
  ["[]", "alerts must be an object"],
  ["null", "alerts must be an object"],
  ['{"everySeconds": 0}', "alerts.everySeconds"],
  ['{"everySeconds": 5.5}', "alerts.everySeconds"],
  ['{"everySeconds": "5"}', "alerts.everySeconds"],
  ['{"everySeconds": null}', "alerts.everySeconds"],
  ['{"everySeconds": 5, "everySeconds": 300}', "no strict JSON"],
  ['{"every": 5}', "alerts.every is not a setting"],
  ['{"rules": {"source-dwon": {}}}', "alerts.rules"],
  ['{"rules": {"__proto__": {}}}', "alerts.rules"],
  ['{"rules": {"source-down": null}}', "alerts.rules.source-down"],
  ['{"rules": {"source-down": {"percent": 5}}}', "alerts.rules.source-down"],
  ['{"rules": {"source-down": {"enabled": "false"}}}', "alerts.rules.source-down.enabled"],
  ['{"rules": {"source-errors": {"percent": 0}}}', "alerts.rules.source-errors.percent"],
  ['{"rules": {"source-errors": {"percent": 101}}}', "alerts.rules.source-errors.percent"],
  ['{"rules": {"source-errors": {"percent": 1e400}}}', "alerts.rules.source-errors.percent"],
  ['{"rules": {"source-errors": {"percent": -20}}}', "alerts.rules.source-errors.percent"],
  ['{"rules": {"night-bulk": {"lookups": 0}}}', "alerts.rules.night-bulk.lookups"],
  ['{"curiosityHours": 169}', "alerts.curiosityHours"],
  ['{"rules": {"same-person": {"clients": 1}}}', "alerts.rules.same-person.clients"],
])("%s is refused by its place", (text, place) => {
  expect(() => readText(text)).toThrow(ConfigError);
  expect(() => readText(text)).toThrow(`TONGYAN_ALERTS: ${file}`);
  expect(() => readText(text)).toThrow(place);
});

test("a file that is not there, is none, or is far too large", () => {
  expect(() => readAlertSettings(join(directory, "none.json"))).toThrow("ENOENT");
  expect(() => readAlertSettings(directory)).toThrow(/EISDIR/);
  writeFileSync(file, " ".repeat(300_000));
  expect(() => readAlertSettings(file)).toThrow("larger than");
});
