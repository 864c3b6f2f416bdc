import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import type { InquiryRecord } from "./exchange-record.ts";
import { requestContent } from "./log-entry.ts";
import { leafBytes } from "./leaf.ts";
import { logKeysOf } from "./log-keys.ts";
import { makeReceipt } from "./receipt.ts";
import { formatCheckpoint } from "./tlog/checkpoint.ts";
import { type Cosigner, cosigner } from "./tlog/cosignature.ts";
import { MemoryTiles } from "./tlog/memory-tiles.ts";
import { inclusionProof, rootAt } from "./tlog/proofs.ts";
import { addSignatures, signNote } from "./tlog/signed-note.ts";
import { TileTree } from "./tlog/tile-tree.ts";
import { type PinnedKey, readVerifierKey } from "./tlog/verifiers.ts";

/** One entry with all that stands behind it. `salts` in base64. */
export type TestEntry = {
  readonly id: string;
  readonly leaf: string;
  readonly salts: string;
  readonly request: string;
  readonly record: string;
  readonly answer: string;
};

export const TEST_TIME = Date.UTC(2025, 10, 21, 8);
export const testId = (at: number): string => `019a0000-0000-7000-8000-${String(at).padStart(12, "0")}`;
export const testBody = (at: number): string => JSON.stringify({ resource: "real-estate", case: at });
const pem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

/** A log in memory, its keys and one witness made for the test: entry `at` was a lookup at TEST_TIME and `at` seconds. */
export class TestLog {
  readonly entries: readonly TestEntry[];
  readonly tiles = new MemoryTiles();
  readonly origin: string;
  readonly vkeys: readonly string[];
  readonly keys: readonly PinnedKey[];
  readonly witness: Cosigner;
  readonly #signers: ReturnType<typeof logKeysOf>["signers"];

  constructor(size: number, origin = "tongyan.example/log/00000001", contentOf = testContent) {
    const ed25519 = pem(generateKeyPairSync("ed25519").privateKey);
    const sm2 = pem(generateKeyPairSync("ec", { namedCurve: "SM2" }).privateKey);
    const { signers, vkeys } = logKeysOf({ origin, ed25519, sm2 });
    this.origin = origin;
    this.vkeys = vkeys;
    this.keys = vkeys.map(readVerifierKey);
    this.#signers = signers;
    this.witness = cosigner("witness.example/1", generateKeyPairSync("ed25519").privateKey);
    this.entries = Array.from({ length: size }, (_, at) => testEntry(at, contentOf(at)));
    const tree = TileTree.empty();
    for (const { leaf } of this.entries) tree.append(Buffer.from(leaf));
    this.tiles.take(tree);
  }

  entry(at: number): TestEntry {
    const entry = this.entries[at];
    if (entry === undefined) throw new RangeError(`no entry ${at}`);
    return entry;
  }

  /** Signed by both keys, and cosigned at `seconds`. */
  checkpoint(size = this.entries.length, seconds = TEST_TIME / 1000 + 60): string {
    const text = formatCheckpoint({ origin: this.origin, size, root: rootAt(size, this.tiles.read) });
    return addSignatures(signNote(text, this.#signers), [this.witness.cosign(text, seconds)]);
  }

  /** With content unless `content` says otherwise. */
  receipt(at: number, { content = "open", seconds }: { content?: "open" | "erased"; seconds?: number } = {}): string {
    const { leaf, salts, request, record } = this.entry(at);
    return makeReceipt({
      leaf,
      index: at,
      proof: inclusionProof(at, this.entries.length, this.tiles.read),
      checkpoint: this.checkpoint(this.entries.length, seconds),
      opening: content === "open" ? { salts, request, record } : null,
    });
  }
}

/** The answer of entry 0 is empty: it was denied. */
export function testContent(at: number): Pick<TestEntry, "request" | "record" | "answer"> {
  const id = testId(at);
  const sha256 = createHash("sha256").update(testBody(at)).digest("hex");
  return {
    request: requestContent({ target: `POST /v1/lookups${at % 2 === 0 ? "" : "/batch#a"}`, sha256 }),
    record: JSON.stringify(testRecord(at)),
    answer: at === 0 ? "" : JSON.stringify({ outcome: "FOUND", exchange: { id }, record: { holderName: "张三" } }),
  };
}

const testRecord = (at: number): InquiryRecord => ({
  id: testId(at),
  receivedAt: timeOf(at),
  kind: "lookup",
  client: { id: "anhui-window", network: "loopback", authentication: "none", organisation: "11340000MB0E00011X" },
  decision: { effect: "permit", decisionId: "decision-0", policySetDigest: "sha256:0", reasons: ["GRANT"] },
  request: {
    resource: "real-estate",
    region: "340000",
    keys: ["certificateNumber"],
    fields: ["holderName"],
    purpose: {
      organisation: "11340000MB0E00011X",
      official: "王五",
      itemCode: "item-1",
      itemName: "事项",
      caseNumber: `case-${at}`,
      consent: null,
    },
    approval: null,
  },
  outcome: { result: "FOUND", code: null },
  disclosed: [{ field: "holderName", treatment: "give", code: null }],
  duties: [],
  source: null,
});

const timeOf = (at: number): string => new Date(TEST_TIME + at * 1000).toISOString();

function testEntry(at: number, content: Pick<TestEntry, "request" | "record" | "answer">): TestEntry {
  const salts = randomBytes(48);
  const leaf = leafBytes({ id: testId(at), time: timeOf(at), salts, ...content }).toString();
  return { id: testId(at), leaf, salts: salts.toString("base64"), ...content };
}
