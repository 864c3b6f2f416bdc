import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import type { EntryKind } from "./entities.ts";
import { openRegistry, type RegistryOptions } from "./open-registry.ts";
import type { Change, FillableRegistry } from "./registry.ts";
import { checkSource, ENTRIES } from "./test-entries.ts";

/** A registry's file for each test, and registries over it, which end with the test. `now` is their clock. */
export class RegistryScene {
  directory = "";
  file = "";
  now = 0;
  readonly #opened: FillableRegistry[] = [];

  constructor() {
    beforeEach(() => {
      this.directory = mkdtempSync(join(tmpdir(), "registry-"));
      this.file = join(this.directory, "registry.sqlite");
      this.now = Date.parse("2026-06-01T00:00:00Z");
    });
    afterEach(async () => {
      for (const registry of this.#opened.splice(0)) await registry.close();
      rmSync(this.directory, { recursive: true, force: true });
    });
  }

  open = (options: Partial<RegistryOptions> = {}): FillableRegistry => {
    const registry = openRegistry(this.file, { checkSource, clock: () => this.now, ...options });
    this.#opened.push(registry);
    return registry;
  };

  openFilled = async (): Promise<FillableRegistry> => {
    const registry = this.open();
    expect(await registry.fillWith(ENTRIES, "operator")).toBe(true);
    return registry;
  };
}

/** Asks for a change in the name of the operator. */
export const put = <Kind extends EntryKind>(
  registry: FillableRegistry,
  kind: Kind,
  id: string,
  entry: unknown,
  seen: number | null = null,
): ReturnType<typeof registry.change<Kind>> => registry.change({ kind, id, entry, by: "operator", seen });

export const refusal = (code: string, detail?: string): object =>
  detail === undefined ? { name: "Fault", code } : { name: "Fault", code, detail };

export async function everythingIn(registry: FillableRegistry): Promise<readonly Change[]> {
  return await registry.history({ after: 0, limit: 10_000 });
}
