import type { ExchangeRecord, RecordedPurpose } from "../exchange-record.ts";

/** What a record can be found by. */
export type AboutRecord = {
  readonly kind: ExchangeRecord["kind"];
  readonly client: string | null;
  readonly organisation: string | null;
  readonly item: string | null;
  readonly resource: string | null;
  readonly outcome: string | null;
  readonly caseNumber: string | null;
};

/** `record`: its JSON text in UTF-8. What it is found by stands at its head, most often: reading that alone takes a fraction of the time, and nothing of a report. */
export const aboutRecord = (record: Buffer): AboutRecord => headOf(record) ?? aboutWhole(JSON.parse(record.toString()));

function aboutWhole(record: ExchangeRecord): AboutRecord {
  const { kind, client } = record;
  const { resource, outcome, purpose } = said(record);
  return {
    kind,
    client: client?.id ?? null,
    organisation: client?.organisation ?? null,
    item: purpose?.itemCode ?? null,
    resource,
    outcome,
    caseNumber: purpose?.caseNumber ?? null,
  };
}

type Said = Pick<AboutRecord, "resource" | "outcome"> & { readonly purpose: RecordedPurpose | null };

function said(record: ExchangeRecord): Said {
  switch (record.kind) {
    case "match":
    case "lookup": {
      const { resource, purpose } = record.request;
      return { resource, outcome: record.outcome.result, purpose };
    }
    case "verification": {
      const { register } = record.request;
      const [resource, purpose] = [register?.resource ?? null, register?.purpose ?? null];
      return { resource, outcome: record.outcome.result, purpose };
    }
    case "act":
      return { resource: null, outcome: record.act, purpose: null };
    case "counter-receipt":
      return { resource: null, outcome: null, purpose: null };
  }
}

/** Bytes in which the head of a record has room; of one that is longer the whole is read. */
const MOST_HEAD = 4096;

/**
 * Null for a record that does not begin as one of HEADS, token by token from its first byte, or holds an escape there: nothing is guessed.
 * Each byte is looked at as a character, and only texts that are kept are decoded.
 */
export function headOf(record: Buffer): AboutRecord | null {
  const head = record.toString("latin1", 0, MOST_HEAD);
  for (const { kind, pattern } of HEADS) {
    const kept = pattern.exec(head)?.groups;
    if (kept === undefined) continue;
    const textOf = (name: string): string | null => decoded(kept[name]);
    return {
      kind,
      client: textOf("client"),
      organisation: textOf("organisation"),
      item: textOf("item"),
      resource: textOf("resource"),
      outcome: textOf("outcome"),
      caseNumber: textOf("caseNumber"),
    };
  }
  return null;
}

function decoded(bytes: string | undefined): string | null {
  if (bytes === undefined) return null;
  return ASCII.test(bytes) ? bytes : Buffer.from(bytes, "latin1").toString();
}

const ASCII = /^[\0-\x7f]*$/;

/** Without escapes: what stands between the quotation marks is what is meant. */
const TEXT = '[^"\\\\]*';

const WHO = { id: "<client>", network: "<>", authentication: "<>", organisation: "<organisation>?" };
const PURPOSE = {
  organisation: "<>",
  official: "<>",
  itemCode: "<item>",
  itemName: "<>",
  caseNumber: "<caseNumber>",
  consent: "<>?",
};
const DECISION = { effect: "<>", decisionId: "<>", policySetDigest: "<>", reasons: "<list>" };
const INQUIRY = {
  resource: "<resource>",
  region: "<>",
  keys: "<list>",
  fields: "<list>",
  purpose: PURPOSE,
  approval: "<>?",
};
const DOCUMENT = { sha256: "<>?", bytes: "<number>?", at: "<>?", policy: "<>" };
const REGISTER = { resource: "<resource>", region: "<>?", purpose: PURPOSE };

/** As records are written, member by member. `<name>`: a text that is kept by that name, `<>` one that is not; `?`: or null. */
const HEADS = [
  headLike("lookup", INQUIRY),
  headLike("match", INQUIRY),
  headLike("verification", { ...DOCUMENT, register: null }),
  headLike("verification", { ...DOCUMENT, register: REGISTER }),
];

type Head = { readonly kind: ExchangeRecord["kind"]; readonly pattern: RegExp };

function headLike(kind: Head["kind"], request: Readonly<Record<string, unknown>>): Head {
  const record = { id: "<>", receivedAt: "<>", kind, client: WHO, request, decision: DECISION };
  const written = JSON.stringify({ ...record, outcome: { result: "<outcome>" } }).slice(0, -"}}".length);
  const source = written.replace(/[[\]{}]/g, "\\$&").replace(/"<(\w*)>(\??)"/g, (_, name: string, optional: string) => {
    const value = valueCalled(name);
    return optional === "" ? value : `(?:null|${value})`;
  });
  return { kind, pattern: new RegExp(`^${source}`) };
}

function valueCalled(name: string): string {
  if (name === "list") return `\\[(?:"${TEXT}"(?:,"${TEXT}")*)?\\]`;
  if (name === "number") return "[0-9]+";
  return name === "" ? `"${TEXT}"` : `"(?<${name}>${TEXT})"`;
}
