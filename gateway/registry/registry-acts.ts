import { hash } from "node:crypto";
import type { Act } from "#gateway/log/acts.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";
import type { Announce, Change } from "./registry.ts";

/** Changes that nobody who calls made, as the log is told of them. */
export const announcedIn =
  (acts: Pick<Acts, "record">): Announce =>
  (changes) =>
    acts.record(actOf(changes), null);

/** A change by itself, or several as the first filling of a registry. */
export function actOf(changes: readonly Change[]): Act {
  const [first, ...more] = changes;
  if (first !== undefined && more.length === 0) return changeAct(first);
  const digest = digestOf(changes.map(({ kind, id, entry }) => ({ kind, id, entry })));
  return {
    act: "fill-registry",
    to: "registry",
    detail: { entries: changes.length, digest, by: first?.by ?? "" },
  };
}

const changeAct = ({ kind, id, version, entry, by }: Change): Act => ({
  act: "change-entry",
  to: `${kind}/${id}`,
  detail: {
    change: entry === null ? "remove" : "put",
    version,
    digest: entry === null ? null : digestOf(entry),
    by,
  },
});

/** Of the JSON text that the registry keeps. */
const digestOf = (entry: unknown): string => `sha256:${hash("sha256", JSON.stringify(entry))}`;
