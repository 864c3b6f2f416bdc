import type { Announce, Announced, Change } from "./registry.ts";

/** Changes that belong together, and who is to be told of them. */
export type Announcement = { readonly announce: Announce; readonly changes: readonly Change[] };

/** Announces all or none: where one is refused, the others hear that theirs came to nothing. Throws what the refusing one threw. */
export async function announceAll(announcements: readonly Announcement[]): Promise<Announced> {
  const settled = await Promise.allSettled(announcements.map(({ announce, changes }) => announce(changes)));
  const made = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const cameToNothing = async (cause: unknown): Promise<void> => {
    await Promise.all(made.map((each) => each.cameToNothing(cause)));
  };
  const refused = settled.find((each) => each.status === "rejected");
  if (refused === undefined) return { cameToNothing };
  await cameToNothing(refused.reason);
  throw refused.reason;
}

export const UNANNOUNCED: Announce = async () => ({ cameToNothing: async () => undefined });
