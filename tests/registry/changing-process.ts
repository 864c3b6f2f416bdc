// Run by registry-history.test.ts and killed by it: changes the registry without end and prints the number of each change that was acknowledged.
import { writeSync } from "node:fs";
import { openRegistry } from "#gateway/registry/open-registry.ts";
import { acceptSource, CASE, CLIENT, ENTRIES, GRANT, ORGANISATION } from "#gateway/registry/test-entries.ts";

const registry = openRegistry(process.argv[2] ?? "", { checkSource: acceptSource });
await registry.fillWith(ENTRIES, "seed");
registry.onChange(({ kind, id, version }) => writeSync(1, `${kind} ${id} ${version}\n`));

async function changeForEver(worker: number): Promise<never> {
  for (let turn = 0; ; turn += 1) {
    const number = `W${worker}-${turn % 7}`;
    const id = number.toLowerCase();
    const state = turn % 2 === 0 ? "open" : "closed";
    await registry.change({
      kind: "case",
      id: `${ORGANISATION}/${number}`,
      entry: { ...CASE, number, state },
      by: "a",
      seen: null,
    });
    await registry.change({ kind: "client", id, entry: { ...CLIENT, id, perMinute: turn + 1 }, by: "b", seen: null });
    await registry.change({ kind: "grant", id, entry: { ...GRANT, id, perDay: turn + 1 }, by: "c", seen: null });
    await registry.change({ kind: "grant", id, entry: null, by: "c", seen: null });
  }
}

await Promise.all(Array.from({ length: 4 }, (_, worker) => changeForEver(worker)));
