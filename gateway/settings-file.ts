import { readFileSync, statSync } from "node:fs";
import { type Json, parseJson } from "#connectors/json/strict-json.ts";
import { SettingsError } from "#connectors/settings.ts";
import { SourceError } from "#connectors/source-error.ts";
import { ConfigError } from "./config.ts";

const MAX_BYTES = 256 * 1024;

/** What a file of JSON says, which a variable names. `understand` throws SettingsError. Throws ConfigError that names variable, file and member. */
export function readSettingsFile<Settings>(
  variable: string,
  file: string,
  understand: (value: unknown) => Settings,
): Settings {
  try {
    return understand(plain(parseJson(readBounded(variable, file))));
  } catch (error) {
    if (error instanceof SettingsError) throw new ConfigError(`${variable}: ${file}: ${error.message}`);
    if (error instanceof SourceError) throw new ConfigError(`${variable}: ${file} is no strict JSON`);
    throw error;
  }
}

function readBounded(variable: string, file: string): Buffer {
  try {
    if (statSync(file).size <= MAX_BYTES) return readFileSync(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ConfigError(`${variable}: ${file} cannot be read (${code})`);
  }
  throw new ConfigError(`${variable}: ${file} is larger than ${MAX_BYTES} bytes`);
}

/** As JSON.parse would give it; a name that stands there twice was refused before. */
function plain(json: Json): unknown {
  if (json === null || typeof json !== "object") return json;
  if (json instanceof Map) return Object.fromEntries([...json].map(([name, value]) => [name, plain(value)]));
  if (Array.isArray(json)) return json.map(plain);
  return "digits" in json ? Number(json.digits) : null;
}
