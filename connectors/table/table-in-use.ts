import { SourceError } from "../source-error.ts";
import type { Layout } from "./layout.ts";
import { TableDirectory } from "./table-directory.ts";
import { TableFile, TableFileError } from "./table-file.ts";

export type OpenTable = { readonly version: number; readonly file: TableFile };
type Problem = { readonly zh: string; readonly en: string };

/** Milliseconds between two looks for a newer version while questions come. */
const LOOK_EVERY = 1_000;

/** The latest version of a table, whoever has put it there. A version that cannot be opened leaves the former in use. */
export class TableInUse {
  readonly #directory: TableDirectory;
  readonly #layout: Layout;
  readonly #clock: () => number;
  #open: OpenTable | null = null;
  #problem: Problem | null = null;
  #lookedAt: number;
  #closed = false;

  constructor(dataDirectory: string, source: string, layout: Layout, clock: () => number) {
    this.#directory = new TableDirectory(dataDirectory, source);
    this.#layout = layout;
    this.#clock = clock;
    this.#lookedAt = clock();
    try {
      this.#directory.tidy();
      this.#use(this.#directory.latest());
    } catch {
      this.#problem = UNREADABLE;
    }
  }

  get open(): OpenTable | null {
    return this.#open;
  }

  /** Why the latest version is not in use; null when it is, or when there is none. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** Throws SourceError SOURCE_UNAVAILABLE when there is nothing to ask. */
  now(): OpenTable {
    if (Math.abs(this.#clock() - this.#lookedAt) >= LOOK_EVERY) void this.look();
    if (this.#open !== null) return this.#open;
    throw new SourceError("SOURCE_UNAVAILABLE", this.#problem?.en ?? "no table was uploaded yet");
  }

  /** Changes over to the latest version if it is another one. Never throws. */
  async look(): Promise<void> {
    this.#lookedAt = this.#clock();
    try {
      this.#use(await this.#directory.latestLater());
    } catch {
      this.#problem = UNREADABLE;
    }
  }

  close(): void {
    this.#closed = true;
    this.#open?.file.close();
    this.#open = null;
  }

  /** Between two questions, so that none sees half of a change. */
  #use(version: number | null): void {
    if (this.#closed || version === null || version === this.#open?.version) return;
    try {
      const file = new TableFile(this.#directory.file(version), this.#layout);
      this.#open?.file.close();
      this.#open = { version, file };
      this.#problem = null;
    } catch (error) {
      this.#problem = error instanceof TableFileError && error.reason === "layout" ? OTHER_LAYOUT : UNREADABLE;
    }
  }
}

const OTHER_LAYOUT: Problem = {
  zh: "已上传的表格与当前的映射不符，需要重新上传。",
  en: "The table was uploaded under another mapping and must be uploaded again.",
};
const UNREADABLE: Problem = { zh: "已上传的表格无法打开。", en: "The uploaded table cannot be opened." };
