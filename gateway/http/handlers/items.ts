import type { Administration } from "#gateway/registry/administration.ts";
import type { Handlers } from "../routes.ts";
import { entryHandlers } from "./entries.ts";

export function itemHandlers(
  administration: Administration,
): Pick<Handlers, "listItems" | "getItem" | "putItem" | "deleteItem"> {
  const { list, get, put, remove } = entryHandlers("item", "code", administration);
  return { listItems: list, getItem: get, putItem: put, deleteItem: remove };
}
