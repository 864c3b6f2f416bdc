type Sentence = { readonly zh: string; readonly en: string };

/** Where a log breaks. The codes stay as they are: programs look at them. */
export const AUDIT_FAULTS = {
  CHECKPOINT_MISSING: { zh: "没有检查点", en: "There is no checkpoint" },
  CHECKPOINT_MALFORMED: { zh: "检查点不合格式", en: "The checkpoint is malformed" },
  CHECKPOINT_NOT_SIGNED: { zh: "检查点的签名不成立", en: "The checkpoint's signatures do not hold" },
  BUNDLE_MISSING: { zh: "缺少条目包", en: "An entry bundle is missing" },
  BUNDLE_MALFORMED: { zh: "条目包不合格式", en: "An entry bundle is malformed" },
  BUNDLE_LEFT_OVER: { zh: "留存的旧条目包与日志不符", en: "A partial bundle that was left over differs from the log" },
  ENTRY_MALFORMED: { zh: "条目不合格式", en: "An entry is malformed" },
  ENTRY_CHANGED: { zh: "条目被改动", en: "An entry was changed" },
  ENTRIES_CHANGED: { zh: "条目连同其哈希块被改动", en: "Entries and their tile were changed alike" },
  TIME_BACKWARDS: { zh: "条目时间早于前一条", en: "An entry's time lies before that of the entry before" },
  TILE_MISSING: { zh: "缺少哈希块", en: "A tile is missing" },
  TILE_MALFORMED: { zh: "哈希块长度不对", en: "A tile has another length" },
  TILE_CHANGED: { zh: "哈希块被改动", en: "A tile was changed" },
  TILE_LEFT_OVER: { zh: "留存的旧哈希块与日志不符", en: "A partial tile that was left over differs from the log" },
  ROOT_DIFFERS: {
    zh: "条目与哈希块一致，但推不出检查点的根哈希：历史被改写",
    en: "Entries and tiles agree with each other, but not with the checkpoint's root: history was rewritten",
  },
  INDEX_UNREADABLE: { zh: "索引库无法读取", en: "The index cannot be read" },
  INDEX_MISSING: { zh: "索引缺少条目", en: "The index lacks an entry" },
  INDEX_DIFFERS: { zh: "索引与日志条目不符", en: "The index has another entry than the log" },
  INDEX_RECORD_CHANGED: { zh: "索引中的记录被改动", en: "A record in the index is not the one that was logged" },
} as const satisfies Record<string, Sentence>;

export type AuditCode = keyof typeof AUDIT_FAULTS;

/** `file` as in `tile/0/001`; `entry`: its index; `level` of tiles. Null where there is none. */
export type AuditPlace = {
  readonly file: string | null;
  readonly entry: number | null;
  readonly level: number | null;
};

/** Ends an audit where the log breaks; only `auditLog` catches it. */
export class LogBreak extends Error {
  override readonly name = "LogBreak";
  readonly code: AuditCode;
  readonly place: AuditPlace;

  constructor(code: AuditCode, place: Partial<AuditPlace>, detail: string) {
    super(detail);
    this.code = code;
    this.place = { file: null, entry: null, level: null, ...place };
  }
}

/** A log that cannot be looked at: there is none, or it does not let itself be read. It says nothing about the log. */
export class LogUnreadError extends Error {
  override readonly name = "LogUnreadError";
}
