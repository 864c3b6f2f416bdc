import type { Administration } from "#gateway/registry/administration.ts";
import type { Handlers } from "../routes.ts";
import { entryHandlers } from "./entries.ts";

export function clientHandlers(
  administration: Administration,
): Pick<Handlers, "listClients" | "getClient" | "putClient" | "deleteClient"> {
  const { list, get, put, remove } = entryHandlers("client", "client", administration);
  return { listClients: list, getClient: get, putClient: put, deleteClient: remove };
}
