import type { MalformedCode } from "../tlog/malformed.ts";

type Sentence = { readonly zh: string; readonly en: string };

/** Why a receipt does not hold. The codes stay as they are: programs look at them. */
export const RECEIPT_FAULTS = {
  // The file.
  NOT_TEXT: { zh: "文件不是 UTF-8 文本", en: "The file is no UTF-8 text" },
  TOO_LARGE: { zh: "文件过大，不可能是回执", en: "The file is too large for a receipt" },
  HEADER_WRONG: {
    zh: "首行不是 c2sp.org/tlog-proof@v1，或缺少检查点",
    en: "It is no tlog-proof, or lacks its checkpoint",
  },
  EXTRA_MISSING: {
    zh: "缺少 extra 行，不知道证明的是哪一条",
    en: "The extra line is missing: it does not say which entry it proves",
  },
  EXTRA_MALFORMED: { zh: "extra 行被改动或不合格式", en: "The extra line is not as this log writes it" },
  INDEX_MALFORMED: { zh: "index 行不是规范的数字", en: "The index line holds no canonical number" },
  PROOF_HASH_MALFORMED: { zh: "证明中有一行不是 32 字节的哈希", en: "A line of the proof is no hash of 32 bytes" },
  BASE64_NOT_CANONICAL: {
    zh: "有一处 Base64 不是唯一的规范写法",
    en: "Some base64 is not in its one canonical writing",
  },
  LEAF_MALFORMED: { zh: "日志条目不合格式", en: "The entry is not of this log's form" },
  NOTE_MALFORMED: { zh: "检查点不是规范的签名文本", en: "The checkpoint is no well-formed signed note" },
  SIGNATURE_LINE_MALFORMED: { zh: "检查点有一行签名不合格式", en: "A signature line of the checkpoint is malformed" },
  SIGNATURES_MISSING: { zh: "检查点没有签名", en: "The checkpoint carries no signature" },
  TRAILING_BYTES: { zh: "最后一行签名之后还有内容", en: "Something follows the last signature line" },
  CHECKPOINT_ORIGIN_MALFORMED: { zh: "检查点没有日志名称", en: "The checkpoint names no log" },
  CHECKPOINT_SIZE_MALFORMED: {
    zh: "检查点的条目总数不是规范的数字",
    en: "The checkpoint's size is no canonical number",
  },
  CHECKPOINT_ROOT_MALFORMED: { zh: "检查点的根哈希不是 32 字节", en: "The checkpoint's root is no hash of 32 bytes" },
  CHECKPOINT_EXTENDED: { zh: "检查点在根哈希之后还有内容", en: "The checkpoint has lines after its root" },
  // The log and its signatures.
  LOG_WRONG: {
    zh: "检查点属于另一个日志，或日志名称被改动",
    en: "The checkpoint is of another log, or its origin was changed",
  },
  KEY_UNKNOWN: { zh: "没有一行签名出自所给的公钥", en: "No signature is by a given key" },
  KEY_ID_WRONG: {
    zh: "签名行的密钥编号不是签名所用公钥的编号",
    en: "A line names another key than the one that signed it",
  },
  ED25519_SIGNATURE_MISSING: { zh: "缺少 Ed25519 签名", en: "The Ed25519 signature is missing" },
  SM2_SIGNATURE_MISSING: { zh: "缺少 SM2 签名", en: "The SM2 signature is missing" },
  ED25519_SIGNATURE_WRONG: { zh: "Ed25519 签名与检查点不符", en: "The Ed25519 signature does not hold" },
  SM2_SIGNATURE_WRONG: { zh: "SM2 签名与检查点不符", en: "The SM2 signature does not hold" },
  CHECKPOINT_SIZE_CHANGED: { zh: "检查点的条目总数被改动", en: "The checkpoint's size was changed" },
  CHECKPOINT_ROOT_CHANGED: { zh: "检查点的根哈希被改动", en: "The checkpoint's root was changed" },
  // The entry in the tree.
  INDEX_OUTSIDE: { zh: "条目位置超出检查点的条目总数", en: "The index lies outside the checkpoint's tree" },
  PROOF_TOO_SHORT: { zh: "证明缺少哈希", en: "The proof lacks hashes" },
  PROOF_TOO_LONG: { zh: "证明多出哈希", en: "The proof has hashes too many" },
  INDEX_MOVED: { zh: "条目位置被改动", en: "The index was changed: the proof is of another place" },
  LEAF_CHANGED: { zh: "日志条目被改动", en: "The entry was changed" },
  PROOF_HASH_WRONG: {
    zh: "证明的哈希（或条目、位置）被改动，推不出根哈希",
    en: "The proof does not lead to the root: a hash of it, the entry or the index was changed",
  },
  // Its content.
  SALT_CHANGED: { zh: "盐值被改动", en: "A salt was changed" },
  REQUEST_OPENING_CHANGED: {
    zh: "回执所载的请求摘要被改动",
    en: "The request that the receipt states is not the one that was logged",
  },
  RECORD_CHANGED: {
    zh: "回执所载的记录被改动",
    en: "The record that the receipt shows is not the one that was logged",
  },
  RECORD_OF_ANOTHER: { zh: "记录属于另一次交换", en: "The record is of another exchange than the entry" },
  REQUEST_CHANGED: { zh: "所给请求不是当时的请求", en: "The given request is not the one that was logged" },
  REQUEST_NONE: { zh: "该条目没有请求", en: "The entry is of something that nobody sent a request for" },
  ANSWER_CHANGED: { zh: "所给答复不是当时的答复", en: "The given answer is not the one that was logged" },
  ANSWER_OF_ANOTHER: { zh: "所给答复属于另一次交换", en: "The given answer is of another exchange" },
  ANSWER_PART_MISSING: { zh: "所给批量答复中没有这次交换", en: "The given batch has no part of this exchange" },
  CONTENT_ABSENT: {
    zh: "回执不含内容（已依法删除，或被略去），无法与所给文件比对",
    en: "The receipt holds no content (erased, or left out): the given file cannot be compared",
  },
  // Witnesses.
  COSIGNATURE_MISSING: { zh: "缺少所要求的见证签名", en: "A witness that was asked for has not cosigned" },
  COSIGNATURE_WRONG: {
    zh: "见证签名与检查点或其时间不符",
    en: "A cosignature does not hold for this checkpoint and its time",
  },
  COSIGNATURE_TOO_EARLY: { zh: "见证时间早于条目时间", en: "A witness cosigned before the entry was there" },
  COSIGNATURE_IN_FUTURE: { zh: "见证时间在未来", en: "A witness cosigned in the future" },
} as const satisfies Record<string, Sentence>;

export type ReceiptCode = keyof typeof RECEIPT_FAULTS;
/** `detail` is for people; it may hold text out of the receipt. */
export type ReceiptFault = { readonly outcome: "failed"; readonly code: ReceiptCode; readonly detail: string };

export const isReceiptFault = (result: object | null): result is ReceiptFault =>
  result !== null && "outcome" in result && result.outcome === "failed";

export const receiptFault = (code: ReceiptCode, detail = ""): ReceiptFault => ({ outcome: "failed", code, detail });

/** What malformed texts are called in a receipt. */
export const MALFORMED_RECEIPTS = {
  BASE64_NOT_CANONICAL: "BASE64_NOT_CANONICAL",
  BUNDLE_MALFORMED: "EXTRA_MALFORMED",
  CHECKPOINT_ORIGIN: "CHECKPOINT_ORIGIN_MALFORMED",
  CHECKPOINT_ROOT: "CHECKPOINT_ROOT_MALFORMED",
  CHECKPOINT_SIZE: "CHECKPOINT_SIZE_MALFORMED",
  CHECKPOINT_TRAILING: "CHECKPOINT_EXTENDED",
  KEY_MALFORMED: "KEY_UNKNOWN",
  LEAF_MALFORMED: "LEAF_MALFORMED",
  NOTE_MALFORMED: "NOTE_MALFORMED",
  NOTE_SIGNATURE_LINE: "SIGNATURE_LINE_MALFORMED",
  NOTE_SIGNATURE_WRONG: "ED25519_SIGNATURE_WRONG",
  NOTE_TOO_LARGE: "TOO_LARGE",
  NOTE_UNSIGNED: "SIGNATURES_MISSING",
  PROOF_EXTRA: "EXTRA_MALFORMED",
  PROOF_HASH: "PROOF_HASH_MALFORMED",
  PROOF_HEADER: "HEADER_WRONG",
  PROOF_INDEX: "INDEX_MALFORMED",
  PROOF_TOO_LARGE: "TOO_LARGE",
  TILE_MALFORMED: "PROOF_HASH_MALFORMED",
} as const satisfies Record<MalformedCode, ReceiptCode>;
