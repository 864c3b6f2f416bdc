import type { LoadOrder, LoadRequest, RequestMaker, RequestSource } from "./load.ts";

/** Throws when there is nothing to ask. */
export async function openRequests(source: RequestSource): Promise<(serial: number) => LoadRequest> {
  if (source.kind === "list") return byTurns(source.requests);
  const module: Readonly<Record<string, unknown>> = await import(source.module);
  const make = module[source.export];
  if (typeof make !== "function") throw new Error(`${source.export} of ${source.module} makes no requests`);
  return await (make as RequestMaker<unknown>)(source.argument);
}

function byTurns(requests: readonly LoadRequest[]): (serial: number) => LoadRequest {
  return (serial) => {
    const request = requests[serial % requests.length];
    if (request === undefined) throw new Error("there is nothing to ask");
    return request;
  };
}

/** Of a request; made once for each pair of token and content type, as there are few of them and they are needed very often. */
export class HeaderMaker {
  readonly #made = new Map<string, Readonly<Record<string, string>>>();
  #tokens: LoadOrder["tokens"];

  constructor(tokens: LoadOrder["tokens"]) {
    this.#tokens = tokens;
  }

  authorize(tokens: LoadOrder["tokens"]): void {
    this.#tokens = tokens;
    this.#made.clear();
  }

  headersOf({ as, contentType }: LoadRequest): Readonly<Record<string, string>> {
    const name = `${as ?? ""} ${contentType ?? ""}`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const token = as === null ? null : this.#tokens[as];
    if (token === undefined) throw new Error(`there is no token for ${as}`);
    const headers = {
      ...(contentType !== null && { "content-type": contentType }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
    this.#made.set(name, headers);
    return headers;
  }
}
