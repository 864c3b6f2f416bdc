import type { Administration } from "#gateway/registry/administration.ts";
import type { Handlers } from "../routes.ts";
import { entryHandlers } from "./entries.ts";

export function grantHandlers(
  administration: Administration,
): Pick<Handlers, "listGrants" | "getGrant" | "putGrant" | "deleteGrant"> {
  const { list, get, put, remove } = entryHandlers("grant", "grant", administration);
  return { listGrants: list, getGrant: get, putGrant: put, deleteGrant: remove };
}
