import type { RowFault, UploadErrorCode } from "../upload.ts";
import type { Layout } from "./layout.ts";
import type { TableSettings } from "./settings.ts";

/** What the thread that reads an upload is given. */
export type ImportTask = {
  readonly format: "csv" | "xlsx";
  readonly settings: TableSettings;
  readonly layout: Layout;
  /** URL of the module that exports isWellFormed. */
  readonly wellFormedModule: string;
  /** The file that was uploaded, the one to write records into, and one for texts that do not stay in memory. */
  readonly upload: string;
  readonly records: string;
  readonly texts: string;
  readonly asOf: string;
  readonly sha256: string;
};

export type ImportMessage =
  | { readonly kind: "progress"; readonly phase: "reading" | "indexing"; readonly rows: number; readonly bytes: number }
  | {
      readonly kind: "read";
      /** Whether the file of records is whole and to be taken into use. */
      readonly finished: boolean;
      readonly rows: number;
      readonly accepted: number;
      readonly refused: readonly RowFault[];
      readonly refusedTotal: number;
    }
  | { readonly kind: "refused"; readonly code: UploadErrorCode; readonly detail: string }
  /** Not the file's fault; `trace` holds no values. */
  | { readonly kind: "failed"; readonly trace: string };
