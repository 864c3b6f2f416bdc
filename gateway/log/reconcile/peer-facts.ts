import { decodeJwt, decodeProtectedHeader } from "jose";
import { contentDigest, STATEMENT_TYPES, type StatementKey, verifyStatement } from "#connectors/peer/statement.ts";
import type { ExchangeRecord } from "../exchange-record.ts";

/** What both sides have to say alike about one exchange. `case`: of the purpose. */
export type SharedFacts = {
  readonly kind: "match" | "lookup";
  readonly resource: string;
  readonly item: string;
  readonly case: string;
};

/** An exchange that was asked for at a peer, and the receipt that it gave. */
export type AskedExchange = { readonly id: string; readonly receipt: string; readonly facts: SharedFacts | null };
/** An exchange that was answered here. */
export type AnsweredExchange = { readonly client: string; readonly facts: SharedFacts };
/** What a peer signed to have got. */
export type Acknowledgement = { readonly of: string; readonly receipt: string };

/** Null when this record is of no exchange with a peer. Records out of files may hold anything. */
export function askedExchange(record: ExchangeRecord): AskedExchange | null {
  if (record.kind !== "match" && record.kind !== "lookup" && record.kind !== "verification") return null;
  const receipt = record.source?.receipt;
  return typeof receipt === "string" ? { id: record.id, receipt, facts: askedFacts(record) } : null;
}

type Asking = Extract<ExchangeRecord, { kind: "match" | "lookup" | "verification" }>;

/** A verification asks a register by a match. */
function askedFacts(record: Asking): SharedFacts | null {
  if (record.kind !== "verification") return factsOf(record.kind, record.request);
  return record.request.register === null ? null : factsOf("match", record.request.register);
}

const ANSWERED: ReadonlySet<string> = new Set(["FOUND", "MATCHED", "MISMATCHED", "INCOMPLETE", "NOT_FOUND"]);

/** Null when nothing was answered, or not to a question. */
export function answeredExchange(record: ExchangeRecord): AnsweredExchange | null {
  if ((record.kind !== "match" && record.kind !== "lookup") || !ANSWERED.has(record.outcome.result)) return null;
  return { client: record.client.id, facts: factsOf(record.kind, record.request) };
}

export const acknowledgement = (record: ExchangeRecord): Acknowledgement | null =>
  record.kind === "counter-receipt" ? { of: record.of, receipt: record.receipt } : null;

type Request = Pick<Extract<ExchangeRecord, { kind: "lookup" | "match" }>["request"], "resource" | "purpose">;

const factsOf = (kind: SharedFacts["kind"], { resource, purpose }: Request): SharedFacts => ({
  kind,
  resource,
  item: purpose.itemCode,
  case: purpose.caseNumber,
});

/** The facts in which the two differ. */
export const differencesOf = (one: SharedFacts, other: SharedFacts): readonly (keyof SharedFacts)[] =>
  (["kind", "resource", "item", "case"] as const).filter((name) => one[name] !== other[name]);

/** What a compact JWS says, without a word on whether it is true; null when it is none. */
export function claimsOf(jws: string): Readonly<Record<string, unknown>> | null {
  try {
    return decodeJwt(jws);
  } catch {
    return null;
  }
}

export type SignatureState = "right" | "wrong" | "unchecked";

/** `unchecked`: the key that it names was not given. */
export async function signatureOf(
  jws: string,
  type: "receipt" | "counterReceipt",
  keys: readonly StatementKey[],
): Promise<SignatureState> {
  const kid = kidOf(jws);
  if (kid !== null && !keys.some((key) => key.kid === kid)) return "unchecked";
  if (keys.length === 0) return "unchecked";
  return (await verifyStatement(jws, { type: STATEMENT_TYPES[type], keys })) === null ? "wrong" : "right";
}

function kidOf(jws: string): string | null {
  try {
    return decodeProtectedHeader(jws).kid ?? null;
  } catch {
    return null;
  }
}

export const digestOf = (receipt: string): string => contentDigest(receipt);
