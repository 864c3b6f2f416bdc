import { rename, writeFile } from "node:fs/promises";
import { readPrivateFile } from "#gateway/clients/private-file.ts";
import type { Alert } from "./alert-board.ts";
import { RULES } from "./rules.ts";

/** One change of an alert, on its way to the webhook. `id` is the same however often it is sent. */
export type Delivery = { readonly id: string; readonly alert: Alert };
export type SavedAlerts = { readonly firing: readonly Alert[]; readonly deliveries: readonly Delivery[] };

type Options = {
  readonly file: string;
  readonly onTrouble: (what: string, detail: string) => void;
};

const MAX_BYTES = 16 * 1024 * 1024;
const NOTHING: SavedAlerts = { firing: [], deliveries: [] };

/**
 * Keeps over a restart which alerts are raised and what is still to be sent. Written aside and moved into place, without holding anything
 * up; trouble with the file is told, and nothing else waits for it.
 */
export class AlertStore {
  readonly #options: Options;
  #wanted: SavedAlerts | null = null;
  #writing: Promise<void> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  load(): SavedAlerts {
    const { file, onTrouble } = this.#options;
    try {
      return readSaved(JSON.parse(readPrivateFile(file, MAX_BYTES)));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") onTrouble("the saved alerts cannot be read; none is known", codeOf(error));
      return NOTHING;
    }
  }

  /** What is wanted while something is being written is written after it; of several the last. */
  save(saved: SavedAlerts): void {
    this.#wanted = saved;
    this.#writing ??= this.#write();
  }

  /** Resolves when all that was saved is on disk, or was tried in vain. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { file, onTrouble } = this.#options;
    while (this.#wanted !== null) {
      const text = JSON.stringify(this.#wanted);
      this.#wanted = null;
      const part = `${file}.${process.pid}.part`;
      try {
        await writeFile(part, text, { mode: 0o600 });
        await rename(part, file);
      } catch (error) {
        onTrouble("the alerts cannot be saved", codeOf(error));
      }
    }
    this.#writing = null;
  }
}

function readSaved(saved: unknown): SavedAlerts {
  const { firing, deliveries } = membersOf(saved);
  return {
    firing: listOf(firing).filter(isAlert),
    deliveries: listOf(deliveries).flatMap((each) => {
      const { id, alert } = membersOf(each);
      return typeof id === "string" && isAlert(alert) ? [{ id, alert }] : [];
    }),
  };
}

/** Of a version with other rules nothing is known. */
function isAlert(value: unknown): value is Alert {
  const alert = membersOf(value);
  const texts = ["id", "zh", "en", "since", "raisedAt"].every((name) => typeof alert[name] === "string");
  const { rule, subject, state, figures } = alert;
  const isRule = typeof rule === "string" && Object.hasOwn(RULES, rule);
  const isState = state === "firing" || state === "resolved";
  return texts && isRule && isState && (subject === null || typeof subject === "string") && typeof figures === "object";
}

const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error ? String(error.code) : error.name;
};
