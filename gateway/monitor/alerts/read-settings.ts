import { readFileSync, statSync } from "node:fs";
import { type Json, parseJson } from "#connectors/json/strict-json.ts";
import { SettingsError } from "#connectors/settings.ts";
import { SourceError } from "#connectors/source-error.ts";
import { readSettings } from "#connectors/strict-settings.ts";
import { ConfigError } from "#gateway/config.ts";
import { type AlertSettings, CURIOSITY_HOURS, EVERY_SECONDS, RULE_NAMES, type RuleName, RULES } from "./rules.ts";

const MAX_BYTES = 256 * 1024;
const VARIABLE = "TONGYAN_ALERTS";

export const USUAL_ALERTS: AlertSettings = alertSettings({});

/** The thresholds in a file: JSON as alertSettings has it. Throws ConfigError that names file and member. */
export function readAlertSettings(file: string): AlertSettings {
  try {
    return alertSettings(plain(parseJson(read(file))));
  } catch (error) {
    if (error instanceof SettingsError) throw new ConfigError(`${VARIABLE}: ${file}: ${error.message}`);
    if (error instanceof SourceError) throw new ConfigError(`${VARIABLE}: ${file} is no strict JSON`);
    throw error;
  }
}

/**
 * `{ "everySeconds": 5, "rules": { "source-down": { "afterSeconds": 5, … }, "burst": { "enabled": false } } }`. What is left out is as usual;
 * what no rule has is refused. Throws SettingsError.
 */
export function alertSettings(value: unknown): AlertSettings {
  const reader = readSettings(value, "alerts", ["everySeconds", "curiosityHours", "rules"]);
  const rules = reader.optionalSection("rules", RULE_NAMES);
  const thresholdsOf = (name: RuleName): Readonly<Record<string, number>> | null => {
    const bounds: Readonly<Record<string, { usual: number; min: number; max: number }>> = RULES[name].thresholds;
    const rule = rules?.optionalSection(name, ["enabled", ...Object.keys(bounds)]);
    if (rule?.optionalFlag("enabled") === false) return null;
    return Object.fromEntries(
      Object.entries(bounds).map(([each, bound]) => [each, rule?.optionalInteger(each, bound) ?? bound.usual]),
    );
  };
  return {
    everySeconds: reader.optionalInteger("everySeconds", EVERY_SECONDS) ?? EVERY_SECONDS.usual,
    curiosityHours: reader.optionalInteger("curiosityHours", CURIOSITY_HOURS) ?? CURIOSITY_HOURS.usual,
    rules: Object.fromEntries(RULE_NAMES.map((name) => [name, thresholdsOf(name)])) as AlertSettings["rules"],
  };
}

function read(file: string): Buffer {
  try {
    if (statSync(file).size <= MAX_BYTES) return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigError(`${VARIABLE}: ${file} cannot be read (${code})`);
  }
  throw new ConfigError(`${VARIABLE}: ${file} is larger than ${MAX_BYTES} bytes`);
}

/** As JSON.parse would give it; a name that stands there twice was refused before. */
function plain(json: Json): unknown {
  if (json === null || typeof json !== "object") return json;
  if (json instanceof Map) return Object.fromEntries([...json].map(([name, value]) => [name, plain(value)]));
  if (Array.isArray(json)) return json.map(plain);
  return "digits" in json ? Number(json.digits) : null;
}
