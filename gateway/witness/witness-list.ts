import { readFileSync } from "node:fs";
import { ConfigError } from "#gateway/config.ts";
import { MalformedError } from "#gateway/log/tlog/malformed.ts";
import type { Verifier } from "#gateway/log/tlog/signed-note.ts";
import { readVerifierKey } from "#gateway/log/tlog/verifiers.ts";

/** A witness that is asked: where, and by which key its signatures are known. `url` without a slash at its end. */
export type WitnessAddress = { readonly url: string; readonly verifier: Verifier };

const MAX_WITNESSES = 16;

/** What TONGYAN_WITNESSES says: lines `URL KEY`, or the name of a file of such lines. Throws ConfigError that names the variable. */
export function readWitnesses(given: string): readonly WitnessAddress[] {
  const text = /^\s*https?:\/\//.test(given) ? given : readFile(given);
  const lines = text
    .split(/[\n;]/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0) throw refused("there is no line of it");
  if (lines.length > MAX_WITNESSES) throw refused(`more than ${MAX_WITNESSES} witnesses`);
  const witnesses = lines.map((line, at) => readLine(line, `line ${at + 1}`));
  refuseTwins(witnesses);
  return witnesses;
}

const refused = (reason: string): ConfigError => new ConfigError(`TONGYAN_WITNESSES: ${reason}`);

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw refused(`neither lines of the form URL KEY, nor a file that can be read: ${file}`);
  }
}

function readLine(line: string, place: string): WitnessAddress {
  const [address = "", key = "", ...more] = line.split(/\s+/);
  if (key === "" || more.length > 0) throw refused(`${place} is not of the form URL KEY`);
  return { url: readUrl(address, place), verifier: readKey(key, place) };
}

function readUrl(text: string, place: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (isPlain && url.username === "" && url.password === "") return url.href.replace(/\/+$/, "");
  throw refused(`${place}: the address must be an http or https URL without credentials and query`);
}

function readKey(text: string, place: string): Verifier {
  try {
    const { algorithm, verifier } = readVerifierKey(text);
    if (algorithm === "cosignature") return verifier;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    throw refused(`${place}: the key: ${error.message}`);
  }
  throw refused(`${place}: the key is a log's, not a witness's`);
}

/** The same witness twice would count as two. */
function refuseTwins(witnesses: readonly WitnessAddress[]): void {
  for (const { url, verifier } of witnesses) {
    const same = witnesses.filter((each) => each.url === url || each.verifier.name === verifier.name);
    if (same.length > 1) throw refused(`${verifier.name} or ${url} stands there twice`);
  }
}
