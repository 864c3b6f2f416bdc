import type { Administration } from "#gateway/registry/administration.ts";
import type { Handlers } from "../routes.ts";
import { entryHandlers } from "./entries.ts";

export function catalogueHandlers(
  administration: Administration,
): Pick<Handlers, "listResources" | "getResource" | "putResource" | "deleteResource"> {
  const { list, get, put, remove } = entryHandlers("resource", "resource", administration);
  return { listResources: list, getResource: get, putResource: put, deleteResource: remove };
}
