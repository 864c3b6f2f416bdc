import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServing } from "../process/serving.ts";

let home: string;
let environment: Record<string, string>;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "tongyan-"));
  for (const directory of ["trust", "data"]) mkdirSync(join(home, directory));
  environment = { TONGYAN_DATA: join(home, "data"), TONGYAN_TRUST: join(home, "trust"), TONGYAN_WORKERS: "1" };
});
afterEach(() => rmSync(home, { recursive: true }));

/** What the service says before it ends; fails when it goes on. */
const refusal = (further: Readonly<Record<string, string>>): Promise<string> =>
  startServing({ ...environment, ...further }).then(
    async (serving) => {
      await serving.end("SIGKILL");
      throw new Error("it started");
    },
    (error: Error) => error.message,
  );

const WEBHOOK = "https://duty.example/hooks/MARK";

test.each<[string, string | null, string]>([
  ["what is sent has to be signed", null, "secret alert-webhook: there is none"],
  ["by something", "", "secret alert-webhook: it is empty"],
])("a webhook needs its secret: %s", async (_, secret, reason) => {
  if (secret !== null) {
    mkdirSync(join(home, "data", "secrets"));
    writeFileSync(join(home, "data", "secrets", "alert-webhook"), secret, { mode: 0o600 });
  }
  const said = await refusal({ TONGYAN_ALERT_WEBHOOK: WEBHOOK });
  expect(said).toContain("ended with 78");
  expect(said).toContain(`TONGYAN_ALERT_WEBHOOK: what is sent has to be signed, ${reason}`);
  expect(said).not.toContain("MARK");
  expect(existsSync(join(home, "data", "log"))).toBe(false);
});

test.each([
  ['{"rules": {"source-down": {"afterSeconds": -1}}}', "alerts.rules.source-down.afterSeconds must be a whole number"],
  ['{"rules": {"source-up": {}}}', "alerts.rules.source-up is not a setting"],
  ["{", "is no strict JSON"],
  [null, "cannot be read (ENOENT)"],
])("thresholds that cannot be meant stop the start: %s", async (text, reason) => {
  const file = join(home, "alerts.json");
  if (text !== null) writeFileSync(file, text);
  const said = await refusal({ TONGYAN_ALERTS: file });
  expect(said).toContain("ended with 78");
  expect(said).toContain(`TONGYAN_ALERTS: ${file}`);
  expect(said).toContain(reason);
});
