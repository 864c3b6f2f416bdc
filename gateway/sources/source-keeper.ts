import { matchBy } from "#connectors/matching.ts";
import { openSource } from "#connectors/registry.ts";
import type { Surroundings } from "#connectors/settings.ts";
import { SourceError } from "#connectors/source-error.ts";
import type { Source, SourceHealth } from "#connectors/source.ts";
import type { Upload, UploadReport } from "#connectors/upload.ts";
import type { AskedSources } from "#gateway/exchange/inquiry-asking.ts";
import { Fault } from "#gateway/fault.ts";
import type { Resource, SourceEntry } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";

type Parts = {
  readonly registry: Pick<Registry, "resource" | "source" | "sources" | "onChange">;
  readonly surroundings: Omit<Surroundings, "id" | "resource">;
  /** A source that cannot be opened: its identifier and why. */
  readonly onTrouble: (source: string, problem: unknown) => void;
};

type Opened = {
  readonly entry: SourceEntry;
  readonly resource: Resource;
  readonly source: Source;
  /** Calls under way. */
  calls: number;
  /** Its entry has changed: closed when the last call has ended. */
  retired: boolean;
};

/** The sources of the registry, each opened when it is first asked and opened anew when its entry has changed. */
export class SourceKeeper implements AskedSources {
  readonly #parts: Parts;
  readonly #opened = new Map<string, Opened>();

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.registry.onChange(({ kind }) => {
      if (kind === "source" || kind === "resource") this.#closeChanged();
    });
  }

  readonly lookup: AskedSources["lookup"] = (id, question, options) =>
    this.#use(id, ({ source }) => source.fetch(question, options));

  readonly match: AskedSources["match"] = (id, question, options) =>
    this.#use(id, ({ source, resource }) => matchBy(source, resource)(question, options));

  async health(id: string, signal: AbortSignal): Promise<SourceHealth> {
    try {
      return await this.#use(id, ({ source }) => source.health({ signal }));
    } catch {
      return { status: "unavailable", zh: "数据源配置无法使用。", en: "The source's settings cannot be used." };
    }
  }

  /** Every source of the registry, by its identifier. */
  async healthOfAll(signal: AbortSignal): Promise<Readonly<Record<string, SourceHealth>>> {
    const ids = this.#parts.registry.sources().map(({ id }) => id);
    return Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await this.health(id, signal)] as const)));
  }

  /** Takes in a whole new set of records. Throws SourceError, UploadError, Fault ENTRY_UNKNOWN or TABLE_INVALID. */
  async upload(id: string, upload: Upload, signal: AbortSignal): Promise<UploadReport> {
    if (this.#parts.registry.source(id) === null) throw new Fault("ENTRY_UNKNOWN");
    return await this.#use(id, async ({ source }) => {
      if (source.upload === undefined) throw new Fault("TABLE_INVALID", "this source takes no table");
      return await source.upload(upload, { signal });
    });
  }

  async close(): Promise<void> {
    const closing = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(closing.map(({ source }) => source.close()));
  }

  async #use<Answer>(id: string, ask: (opened: Opened) => Promise<Answer>): Promise<Answer> {
    const opened = this.#opened.get(id) ?? this.#open(id);
    opened.calls += 1;
    try {
      return await ask(opened);
    } finally {
      opened.calls -= 1;
      closeWhenFree(opened);
    }
  }

  #open(id: string): Opened {
    const { registry, surroundings, onTrouble } = this.#parts;
    const entry = registry.source(id);
    const resource = entry === null ? null : registry.resource(entry.resource);
    if (entry === null || resource === null) throw new SourceError("SOURCE_UNAVAILABLE", "no such source");
    try {
      const source = openSource(entry.settings, { ...surroundings, id, resource });
      const opened = { entry, resource, source, calls: 0, retired: false };
      this.#opened.set(id, opened);
      return opened;
    } catch (cause) {
      onTrouble(id, cause);
      throw new SourceError("SOURCE_UNAVAILABLE", "the source cannot be opened", { cause });
    }
  }

  /** Calls under way finish with what they were begun with. */
  #closeChanged(): void {
    const { registry } = this.#parts;
    for (const [id, opened] of this.#opened) {
      const { entry, resource } = opened;
      if (registry.source(id) === entry && registry.resource(resource.id) === resource) continue;
      this.#opened.delete(id);
      opened.retired = true;
      closeWhenFree(opened);
    }
  }
}

function closeWhenFree({ source, calls, retired }: Opened): void {
  if (retired && calls === 0) void source.close();
}
