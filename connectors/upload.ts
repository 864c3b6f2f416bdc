/** A whole new set of records for a source that keeps them itself. */
export type Upload = {
  readonly format: "csv" | "xlsx";
  /** What they throw comes back to whoever uploads. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** From when the facts are, RFC 3339; the time of the upload when it is not known. */
  readonly asOf?: string;
  /** Called at most a few times a second, and once at the end. */
  readonly onProgress?: (progress: UploadProgress) => void;
  /** Awaited before the records come into use. When it rejects they do not, and what it throws comes back too. */
  readonly beforeUse?: (read: UploadRead) => Promise<void>;
};

/** `rows` that were read so far, without the header; `bytes` of the file received or read, out of `totalBytes` where known. */
export type UploadProgress = {
  readonly phase: "receiving" | "reading" | "indexing";
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly bytes: number;
  readonly totalBytes: number | null;
};

/** Why a single row is refused. */
export const ROW_FAULTS = {
  ROW_RAGGED: { zh: "列数与表头不一致", en: "The row does not have as many cells as the header" },
  KEY_MISSING: { zh: "缺少必填的查询条件字段", en: "A field that names the record is blank" },
  KEY_DUPLICATE: { zh: "同一记录标识出现多次", en: "More than one row names this record" },
  VALUE_INVALID: { zh: "内容不符合字段类型", en: "The value does not fit the field's type" },
  VALUE_UNKNOWN: { zh: "内容不在取值对照表中", en: "The value is not among those that the mapping translates" },
  VALUE_TOO_LONG: { zh: "内容过长", en: "The value is too long" },
  VALUE_CHARACTERS: { zh: "内容含有不允许的字符", en: "The value holds characters that are not allowed" },
  VALUE_ROUNDED: {
    zh: "号码以数值形式保存，超出 15 位的部分已丢失",
    en: "A number of more than 15 digits was kept as a numeric value and has lost digits",
  },
  CELL_ERROR: { zh: "单元格是公式错误值", en: "The cell holds a formula's error" },
} as const satisfies Record<string, { readonly zh: string; readonly en: string }>;
export type RowFaultCode = keyof typeof ROW_FAULTS;

/** `row` as a spreadsheet counts it (the first line is 1). `column`: the header's name in the mapping, null for the whole row. */
export type RowFault = { readonly row: number; readonly column: string | null; readonly code: RowFaultCode };

/** What was read. `refused` lists the first hundred by row; blank rows are counted nowhere. */
export type UploadRead = {
  readonly rows: number;
  readonly accepted: number;
  readonly refused: readonly RowFault[];
  readonly refusedTotal: number;
  readonly asOf: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
};

export type UploadReport = UploadRead & {
  /** Whether the records are in use now; else the former ones still are. */
  readonly replaced: boolean;
  /** Of the records in use now if they were replaced. */
  readonly version: number | null;
};

/** Why a whole file is refused, or could not be taken in. `ours`: the file is not to blame. */
export const UPLOAD_ERRORS = {
  UPLOAD_TOO_LARGE: { ours: false, zh: "文件超过允许的大小", en: "The file is larger than allowed" },
  ROWS_TOO_MANY: { ours: false, zh: "行数超过允许的数量", en: "There are more rows than allowed" },
  COLUMNS_TOO_MANY: { ours: false, zh: "列数超过允许的数量", en: "There are more columns than allowed" },
  TABLE_EMPTY: { ours: false, zh: "表中没有数据行", en: "The table has no rows" },
  ENCODING_WRONG: { ours: false, zh: "文件不是约定的字符编码", en: "The file is not in the encoding agreed on" },
  HEADER_MISSING: { ours: false, zh: "缺少映射要求的列", en: "A column that the mapping needs is missing" },
  HEADER_DUPLICATE: { ours: false, zh: "表头有重复的列", en: "A column of the mapping is there twice" },
  HEADER_UNKNOWN: { ours: false, zh: "表头有映射之外的列", en: "There is a column that the mapping does not know" },
  AS_OF_INVALID: { ours: false, zh: "数据时点无效", en: "The time of the facts is not a time, or lies ahead" },
  CSV_MALFORMED: { ours: false, zh: "CSV 格式有误", en: "The file is not well-formed CSV" },
  XLSX_MALFORMED: { ours: false, zh: "XLSX 格式有误", en: "The file is not a well-formed XLSX workbook" },
  XLSX_LIMIT: { ours: false, zh: "XLSX 解压后超过允许的大小", en: "The workbook unpacks to more than allowed" },
  XLSX_ENCRYPTED: {
    ours: false,
    zh: "文件已加密，或是旧版 XLS 格式",
    en: "The file is encrypted, or in the older XLS format",
  },
  XLSX_MACROS: { ours: false, zh: "工作簿含有宏", en: "The workbook holds macros" },
  SHEET_UNKNOWN: { ours: false, zh: "工作簿中没有约定的工作表", en: "The workbook has no such sheet" },
  UPLOAD_UNDERWAY: { ours: true, zh: "另一次上传正在进行", en: "Another upload for this source is under way" },
  UPLOAD_FAILED: { ours: true, zh: "上传未能完成", en: "The upload could not be completed" },
} as const satisfies Record<string, { readonly ours: boolean; readonly zh: string; readonly en: string }>;
export type UploadErrorCode = keyof typeof UPLOAD_ERRORS;

/** The records in use stay as they are. `detail`: places and names of the mapping, never a value of the file. */
export class UploadError extends Error {
  override readonly name = "UploadError";
  readonly code: UploadErrorCode;
  readonly detail: string;

  constructor(code: UploadErrorCode, detail: string, circumstances: { readonly cause?: unknown } = {}) {
    super(`${code}: ${detail}`, { cause: circumstances.cause });
    this.code = code;
    this.detail = detail;
  }
}
