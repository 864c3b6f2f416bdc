import type { Answer, Gateway } from "./gateway.ts";

/** An entry of the registry with its version. */
export type Kept<Entry> = { readonly entry: Entry; readonly version: number };

/** Changes some members of an entry, as an operator does; throws what it is refused for. */
export async function change<Entry>(
  gateway: Gateway,
  path: string,
  changes: (entry: Entry) => Partial<Entry>,
): Promise<Kept<Entry>> {
  const { entry } = (await gateway.get("operator", path)).body as unknown as Kept<Entry>;
  return await enter(gateway, path, { ...entry, ...changes(entry) });
}

/** Puts an entry into the registry; throws what it is refused for. */
export async function enter<Entry>(gateway: Gateway, path: string, entry: Entry): Promise<Kept<Entry>> {
  const { status, body, text } = await gateway.put("operator", path, entry);
  if (status !== 200) throw new Error(text);
  return body as unknown as Kept<Entry>;
}

/** Uploads a table, as the operator unless somebody else is named. */
export const upload = (gateway: Gateway, source: string, csv: string, client = "operator"): Promise<Answer> =>
  gateway.send(`/v1/sources/${source}/table`, {
    client,
    method: "PUT",
    body: csv,
    headers: { "content-type": "text/csv" },
  });
