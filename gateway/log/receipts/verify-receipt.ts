import type { ExchangeRecord } from "../exchange-record.ts";
import { checkAnswer, checkRequest, type Opened, openRecord, targetOf, wasUnanswered } from "./receipt-content.ts";
import { isReceiptFault, type ReceiptFault, receiptFault } from "./receipt-faults.ts";
import { type ReadReceipt, readReceipt } from "./receipt-form.ts";
import { changedInCheckpoint, checkInclusion } from "./receipt-inclusion.ts";
import {
  checkCosignatures,
  checkLogSignatures,
  isBy,
  type ProvenCosignature,
  type ProvenSignature,
} from "./receipt-signatures.ts";
import type { PinnedKey } from "../tlog/verifiers.ts";

/** `keys` of the log, `witnesses` that have to have cosigned; `request` and `answer` are null when they are not at hand; `now` in milliseconds. */
export type ReceiptQuestion = {
  readonly keys: readonly PinnedKey[];
  readonly witnesses: readonly PinnedKey[];
  readonly request: Uint8Array | null;
  readonly answer: Uint8Array | null;
  readonly now: number;
};

/** In the order of the procedure. */
export const RECEIPT_CHECKS = ["form", "signatures", "inclusion", "record", "request", "answer", "witnesses"] as const;
export type ReceiptCheckName = (typeof RECEIPT_CHECKS)[number];

/** `not-asked`: nothing was given to compare with. `absent`: it holds no content, which was erased or left out. `not-run`: there was nothing to run it on. */
export type ReceiptCheck = { readonly outcome: "passed" | "not-asked" | "absent" | "not-run" } | ReceiptFault;
export type ReceiptChecks = { readonly [Name in ReceiptCheckName]: ReceiptCheck };

export type ProvenReceipt = {
  readonly log: string;
  readonly index: number;
  /** Entries of the checkpoint's tree. */
  readonly size: number;
  readonly exchange: string;
  /** When the log took it in. */
  readonly time: string;
  readonly signatures: readonly ProvenSignature[];
  readonly witnesses: readonly ProvenCosignature[];
  /** Signature lines by keys that were not given. */
  readonly unchecked: number;
  /** Null when the receipt holds no content. */
  readonly record: ExchangeRecord | null;
  /** As in `POST /v1/lookups`; null when nothing was sent, or there is no content. */
  readonly target: string | null;
  /** False when the log says that nothing was answered; null when there is no content. */
  readonly isAnswered: boolean | null;
};

export type ReceiptOutcome =
  | { readonly holds: true; readonly checks: ReceiptChecks; readonly proven: ProvenReceipt }
  | { readonly holds: false; readonly checks: ReceiptChecks; readonly fault: ReceiptFault };

const PASSED = { outcome: "passed" } as const;
const NOT_ASKED = { outcome: "not-asked" } as const;
const ABSENT = { outcome: "absent" } as const;
const NOT_RUN = { outcome: "not-run" } as const;

/** What a receipt proves, with nothing but what is given here; never throws for what the receipt holds. */
export function verifyReceipt(bytes: Uint8Array, question: ReceiptQuestion): ReceiptOutcome {
  const receipt = readReceipt(bytes);
  if (isReceiptFault(receipt)) return unreadable(receipt);
  const { keys, now } = question;
  const signatures = checkLogSignatures(receipt, keys, () => changedInCheckpoint(receipt));
  const opened = receipt.opening === null ? null : openRecord(receipt.leaf, receipt.opening);
  const inclusion = checkInclusion(receipt, isReceiptFault(opened) ? "differs" : "fits or erased");
  const content = isReceiptFault(opened) ? "unproven" : opened;
  const request = contentCheck(content, question.request, checkRequest);
  const answer = contentCheck(content, question.answer, checkAnswer);
  const witnesses = checkCosignatures(receipt, question.witnesses, now);
  const checks: ReceiptChecks = {
    form: PASSED,
    signatures: checkOf(signatures),
    inclusion: checkOf(inclusion),
    record: opened === null ? ABSENT : checkOf(opened),
    request,
    answer,
    witnesses: question.witnesses.length === 0 ? NOT_ASKED : checkOf(witnesses),
  };
  const fail = (fault: ReceiptFault): ReceiptOutcome => ({ holds: false, checks, fault });
  if (isReceiptFault(signatures)) return fail(signatures);
  if (isReceiptFault(inclusion)) return fail(inclusion);
  if (isReceiptFault(opened)) return fail(opened);
  if (isReceiptFault(request)) return fail(request);
  if (isReceiptFault(answer)) return fail(answer);
  if (isReceiptFault(witnesses)) return fail(witnesses);
  return { holds: true, checks, proven: provenBy(receipt, question, { signatures, witnesses, opened }) };
}

function unreadable(fault: ReceiptFault): ReceiptOutcome {
  const rest = { signatures: NOT_RUN, inclusion: NOT_RUN, record: NOT_RUN, request: NOT_RUN, answer: NOT_RUN };
  return { holds: false, checks: { form: fault, ...rest, witnesses: NOT_RUN }, fault };
}

const checkOf = (result: object | null): ReceiptCheck => (isReceiptFault(result) ? result : PASSED);

type Content = (Opened & { readonly record: ExchangeRecord }) | "unproven" | null;

/** `opened` is null when there is no content. */
function contentCheck(
  opened: Content,
  given: Uint8Array | null,
  check: (opened: Opened, given: Uint8Array) => ReceiptFault | null,
): ReceiptCheck {
  if (given === null) return NOT_ASKED;
  if (opened === null) return receiptFault("CONTENT_ABSENT");
  return opened === "unproven" ? NOT_RUN : (check(opened, given) ?? PASSED);
}

type Found = {
  readonly signatures: readonly ProvenSignature[];
  readonly witnesses: readonly ProvenCosignature[];
  readonly opened: (Opened & { readonly record: ExchangeRecord }) | null;
};

function provenBy(
  { index, checkpoint, leaf, note }: ReadReceipt,
  { keys, witnesses: asked }: ReceiptQuestion,
  { signatures, witnesses, opened }: Found,
): ProvenReceipt {
  return {
    log: checkpoint.origin,
    index,
    size: checkpoint.size,
    exchange: leaf.id,
    time: leaf.time,
    signatures,
    witnesses,
    unchecked: note.signatures.filter((line) => ![...keys, ...asked].some((key) => isBy(line, key))).length,
    record: opened?.record ?? null,
    target: opened === null || opened.opening.request === "" ? null : targetOf(opened.opening),
    isAnswered: opened === null ? null : !wasUnanswered(opened),
  };
}
