import { hash } from "node:crypto";
import type { ExchangeRecord } from "../exchange-record.ts";
import { type Committed, checkCommitment, COMMITTED, type Leaf, SALT_BYTES } from "../leaf.ts";
import { type Opening, readSalts } from "../receipt.ts";
import { type ReceiptFault, receiptFault } from "./receipt-faults.ts";
import { readText } from "./receipt-form.ts";

/** A leaf and what opens its commitments. */
export type Opened = { readonly leaf: Leaf; readonly salts: Buffer; readonly opening: Opening };

const saltOf = (salts: Buffer, what: Committed): Buffer => {
  const start = COMMITTED.indexOf(what) * SALT_BYTES;
  return salts.subarray(start, start + SALT_BYTES);
};

const isLogged = ({ leaf, salts }: Opened, what: Committed, content: string): boolean =>
  checkCommitment(what, saltOf(salts, what), content, leaf[what]);

/** The record, once it and the request stated are those that the leaf commits to. */
export function openRecord(
  leaf: Leaf,
  opening: Opening,
): (Opened & { readonly record: ExchangeRecord }) | ReceiptFault {
  const salts = readSalts(opening);
  if (salts === null) return receiptFault("SALT_CHANGED");
  const opened = { leaf, salts, opening };
  if (!isLogged(opened, "request", opening.request)) return receiptFault("REQUEST_OPENING_CHANGED");
  if (!isLogged(opened, "record", opening.record)) return receiptFault("RECORD_CHANGED");
  const record = parseObject(opening.record);
  if (record?.["id"] !== leaf.id) return receiptFault("RECORD_OF_ANOTHER");
  // The log wrote it: what it commits to is a record.
  return { ...opened, record: record as unknown as ExchangeRecord };
}

/** Whether these bytes are the request's body (or the document) that the log commits to. */
export function checkRequest({ opening }: Opened, body: Uint8Array): ReceiptFault | null {
  if (opening.request === "") return receiptFault("REQUEST_NONE");
  const own = `\nsha256:${hash("sha256", body, "hex")}`;
  return opening.request.endsWith(own) ? null : receiptFault("REQUEST_CHANGED", targetOf(opening));
}

/** As in `POST /v1/lookups`. */
export const targetOf = ({ request }: Opening): string => request.split("\n", 1)[0] ?? "";

/** Whether nothing was answered: refusals and acts commit to the empty text. */
export const wasUnanswered = (opened: Opened): boolean => isLogged(opened, "answer", "");

/** Whether these bytes are the answer that the log commits to, or a batch with it as one of its parts. */
export function checkAnswer(opened: Opened, bytes: Uint8Array): ReceiptFault | null {
  const text = readText(bytes);
  if (text !== null && isLogged(opened, "answer", text)) return null;
  const body = text === null ? null : parseObject(text);
  if (body === null) return receiptFault("ANSWER_CHANGED");
  if (Array.isArray(body["parts"])) return checkPart(opened, body["parts"]);
  const exchange = exchangeOf(body);
  return exchange === null || exchange === opened.leaf.id
    ? receiptFault("ANSWER_CHANGED")
    : receiptFault("ANSWER_OF_ANOTHER", exchange);
}

function checkPart(opened: Opened, parts: readonly unknown[]): ReceiptFault | null {
  const answers = parts.map((part) => (isObject(part) ? part["answer"] : null)).filter(isObject);
  const own = answers.filter((answer) => exchangeOf(answer) === opened.leaf.id);
  if (own.length === 0) return receiptFault("ANSWER_PART_MISSING");
  const isThere = own.length === 1 && isLogged(opened, "answer", JSON.stringify(own[0]));
  return isThere ? null : receiptFault("ANSWER_CHANGED");
}

function exchangeOf(answer: Readonly<Record<string, unknown>>): string | null {
  const { exchange } = answer;
  return isObject(exchange) && typeof exchange["id"] === "string" ? exchange["id"] : null;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
