import type { LoadRequest, RequestMaker } from "../load/load.ts";
import { type Documents, DocumentShelf, verificationRequest } from "./documents.ts";
import { batchRequest, CLIENT, inquiryRequest } from "./questions.ts";

/** Of a hundred requests; a batch has PARTS lookups in it, each an exchange of its own. A receipt is none. */
const BLEND = { lookup: 45, match: 30, verification: 10, batch: 5, receipt: 10 } as const;
type Kind = keyof typeof BLEND;
const PARTS = 10;
const HUNDRED = 100;

const KINDS: readonly Kind[] = (Object.keys(BLEND) as Kind[]).flatMap((kind) =>
  Array.from({ length: BLEND[kind] }, () => kind),
);
/** Has no divisor with a hundred in common, so that a hundred in a row are the blend, well mixed. */
const STRIDE = 37;
const SEQUENCE: readonly Kind[] = KINDS.map((_, place) => KINDS[(place * STRIDE) % HUNDRED] ?? "lookup");
/** By its place in a hundred: how many of its kind are before it there. */
const BEFORE = SEQUENCE.map((kind, place) => SEQUENCE.slice(0, place).filter((each) => each === kind).length);

const EXCHANGES_OF: { readonly [Each in Kind]: number } = {
  lookup: 1,
  match: 1,
  verification: 1,
  batch: PARTS,
  receipt: 0,
};

/** As in "45 lookups, 30 matches, …". */
export const BLEND_IN_WORDS = `of a hundred requests ${BLEND.lookup} lookups, ${BLEND.match} matches, ${BLEND.verification} verifications, ${BLEND.batch} batches of ${PARTS} lookups, ${BLEND.receipt} receipts`;

/** Exchanges that a hundred requests in a row are. */
export const EXCHANGES_OF_HUNDRED = KINDS.reduce((sum, kind) => sum + EXCHANGES_OF[kind], 0);

/** `first`: serial of the first request. `receipts`: paths of receipts that the client may have. */
export type Mixture = {
  readonly first: number;
  readonly documents: readonly Documents[];
  readonly receipts: readonly string[];
};

/** Called in the process that asks. */
export const mixture: RequestMaker<Mixture> = ({ first, documents, receipts }) => {
  const shelf = new DocumentShelf(documents);
  return (serial) => mixedRequest(first + serial, shelf, receipts);
};

function mixedRequest(serial: number, shelf: DocumentShelf, receipts: readonly string[]): LoadRequest {
  const place = serial % HUNDRED;
  const kind = SEQUENCE[place] ?? "lookup";
  // Counts the requests of this kind without a gap.
  const number = Math.floor(serial / HUNDRED) * BLEND[kind] + (BEFORE[place] ?? 0);
  switch (kind) {
    case "lookup":
    case "match":
      return inquiryRequest({ inquiry: kind, subject: "gateway" }, number);
    case "verification":
      return verificationRequest(shelf, number);
    case "batch":
      return batchRequest(Array.from({ length: PARTS }, (_, part) => (number * PARTS + part) % FIRST_RECORDS));
    case "receipt":
      return receiptRequest(receipts[number % receipts.length] ?? "");
  }
}

/** Batches ask for one record after the other, of the first half of the table. */
const FIRST_RECORDS = 50_000;

const receiptRequest = (path: string): LoadRequest => ({
  method: "GET",
  path,
  as: CLIENT,
  contentType: null,
  body: null,
  expect: { status: 200, contains: ["c2sp.org/tlog-proof@v1\n"], lacks: [] },
});
