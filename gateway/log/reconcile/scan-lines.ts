import type { ExchangeRecord } from "../exchange-record.ts";
import { ScanError, type ScannedExchange } from "./scanned-exchange.ts";

/** Characters of one exchange. */
const LONGEST = 16 * 1024 * 1024;

/**
 * An export: the JSON of one exchange in each line, and a last one that says that it is whole. `name`: of where it comes from.
 * Rejects with ScanError, at the end too.
 */
export async function* scanLines(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ScannedExchange> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let number = 0;
  let count: unknown = null;
  try {
    for await (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > LONGEST) throw new ScanError(`${name}: line ${number + 1} is far too long`);
      for (const line of lines) {
        if (count !== null) throw new ScanError(`${name}: something stands behind its last line`);
        count = countIn(line);
        if (count === null) yield readLine(name, ++number, line);
      }
    }
    rest += decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new ScanError(`${name}: line ${number + 1} is no UTF-8 text`);
    throw error;
  }
  // An export ends each line: one that was cut off does not.
  if (rest !== "") throw new ScanError(`${name}: line ${number + 1} is cut off`);
  if (count !== number)
    throw new ScanError(`${name}: it is not whole, its last line does not count ${number} exchanges`);
}

/** What the last line says; null of any other. */
function countIn(line: string): unknown {
  const { complete, count = null } = parse(line) ?? {};
  return complete === true ? count : null;
}

function readLine(name: string, number: number, line: string): ScannedExchange {
  const value = parse(line);
  const { id = null, time, record } = value ?? {};
  if (typeof time !== "string" || (record !== null && !isObject(record)) || (id !== null && typeof id !== "string"))
    throw new ScanError(`${name}: line ${number} holds no exchange`);
  const own = record === null ? null : record["id"];
  // What it says is looked at as it is used (see peer-facts.ts).
  return { id: id ?? (typeof own === "string" ? own : null), time, record: record as ExchangeRecord | null };
}

function parse(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
