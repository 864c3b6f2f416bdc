import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from "node:crypto";
import { CompactSign } from "jose";
import { contentDigest, STATEMENT_TYPES, type StatementKey, type StatementType } from "#connectors/peer/statement.ts";
import type { CounterReceiptRecord, ExchangeRecord, InquiryRecord } from "../exchange-record.ts";
import type { ScannedExchange, Side } from "./scanned-exchange.ts";

/** A gateway for tests of reconciling: its key and its exchanges. `issuer`: its own name; `client`: its name at others. */
export class TestGateway {
  readonly issuer: string;
  readonly client: string;
  readonly key: StatementKey;
  readonly exchanges: ScannedExchange[] = [];
  readonly #private: KeyObject;
  #made = 0;

  constructor(name: string) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    this.issuer = `https://${name}.example`;
    this.client = `${name}-gateway`;
    this.key = { kid: `key-of-${name}`, algorithm: "EdDSA", key: publicKey };
    this.#private = privateKey;
  }

  get side(): Side {
    const { client: name, exchanges } = this;
    return {
      name,
      async *scan() {
        yield* exchanges;
      },
    };
  }

  sign(claims: object, typ: StatementType): Promise<string> {
    return new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({ alg: "EdDSA", kid: this.key.kid, typ })
      .sign(this.#private);
  }

  add(record: ExchangeRecord): void {
    this.exchanges.push({ id: record.id, time: record.receivedAt, record });
  }

  remove(id: string): void {
    this.exchanges.splice(0, Infinity, ...this.exchanges.filter((each) => each.id !== id));
  }

  erase(id: string): void {
    this.exchanges.splice(
      0,
      Infinity,
      ...this.exchanges.map((each) => (each.id === id ? { ...each, record: null } : each)),
    );
  }

  /** An identifier that is the same in every run. */
  newId(): string {
    const hex = createHash("sha256")
      .update(`${this.client} ${this.#made++}`)
      .digest("hex");
    return `019a0000-0000-7000-8${hex.slice(0, 3)}-${hex.slice(3, 15)}`;
  }
}

export const TIME = "2025-11-21T08:00:00.000Z";

/** A lookup, asked by `client`. */
export function inquiry(
  id: string,
  client: string,
  receipt: string | null,
  own: Partial<InquiryRecord> = {},
): InquiryRecord {
  const purpose = {
    organisation: "机关",
    official: "王五",
    itemCode: "item-1",
    itemName: "事项",
    caseNumber: "case-1",
  };
  return {
    id,
    receivedAt: TIME,
    kind: "lookup",
    client: { id: client, network: "remote", authentication: "token", organisation: null },
    decision: { effect: "permit", decisionId: "d", policySetDigest: "sha256:0", reasons: [] },
    request: {
      resource: "real-estate",
      region: "340000",
      keys: [],
      fields: [],
      purpose: { ...purpose, consent: null },
      approval: null,
    },
    outcome: { result: "FOUND", code: null },
    disclosed: [],
    duties: [],
    source: receipt === null ? null : { id: "peer", asOf: TIME, reference: "", receipt },
    ...own,
  };
}

export type Exchanged = { readonly asking: string; readonly answering: string; readonly receipt: string };
type Papers = { readonly acknowledged?: boolean; readonly claims?: object; readonly counterClaims?: object };

/** One exchange between two gateways, recorded on both sides as the peer protocol has it. */
export async function exchange(
  asking: TestGateway,
  answering: TestGateway,
  { acknowledged = true, claims = {}, counterClaims = {} }: Papers = {},
): Promise<Exchanged> {
  const ids = { asking: asking.newId(), answering: answering.newId() };
  const iat = Date.parse(TIME) / 1000;
  const digests = { request: contentDigest("{}"), answer: contentDigest("[]") };
  const receipt = await answering.sign(
    { iss: answering.issuer, exchange: ids.answering, of: randomUUID(), ...digests, iat, ...claims },
    STATEMENT_TYPES.receipt,
  );
  asking.add(inquiry(ids.asking, "window", receipt));
  answering.add(inquiry(ids.answering, asking.client, null));
  if (acknowledged) answering.add(await counterReceipt(asking, answering, { ...ids, receipt }, counterClaims));
  return { ...ids, receipt };
}

export async function counterReceipt(
  asking: TestGateway,
  answering: TestGateway,
  { asking: exchange, answering: of, receipt }: Exchanged,
  claims: object = {},
): Promise<CounterReceiptRecord> {
  const signed = await asking.sign(
    { iss: asking.client, exchange, of, receipt: contentDigest(receipt), iat: Date.parse(TIME) / 1000, ...claims },
    STATEMENT_TYPES.counterReceipt,
  );
  const client = { id: asking.client, network: "remote", authentication: "token", organisation: null } as const;
  return { id: answering.newId(), receivedAt: TIME, kind: "counter-receipt", client, of, receipt: signed };
}
