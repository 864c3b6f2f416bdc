import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";
import { tokenFor } from "#gateway/cli/token-for.ts";

/** An answer as it came. `body`: what its JSON says, {} when it holds none. */
export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
};

/** What goes out beside the path. A `client` of null shows nothing of who asks. */
export type Call = {
  readonly client: string | null;
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A running gateway as its clients see it. */
export type Gateway = {
  readonly url: string;
  readonly token: (client: string) => Promise<string>;
  readonly send: (path: string, call: Call) => Promise<Answer>;
  readonly get: (client: string | null, path: string) => Promise<Answer>;
  readonly post: (client: string | null, path: string, json: unknown) => Promise<Answer>;
  readonly put: (client: string | null, path: string, json: unknown) => Promise<Answer>;
};

/** `keyOf`: a client's private key, with which it gets its tokens, each once. `hear` is told of every answer. */
export function gatewayAt(
  url: string,
  keyOf: (client: string) => JWK,
  hear: (answer: Answer) => void = () => undefined,
): Gateway {
  const tokens = new Map<string, Promise<string>>();
  const token = (client: string): Promise<string> => {
    const known = tokens.get(client) ?? tokenFor({ client, key: keyOf(client), url });
    tokens.set(client, known);
    return known;
  };
  const send = async (path: string, { client, method = "GET", json, body, headers = {} }: Call): Promise<Answer> => {
    const content = json === undefined ? body : JSON.stringify(json);
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(client !== null && { authorization: `Bearer ${await token(client)}` }),
        ...(json !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(content !== undefined && { body: content }),
    });
    const answer = await answerOf(response);
    hear(answer);
    return answer;
  };
  return {
    url,
    token,
    send,
    get: (client, path) => send(path, { client }),
    post: (client, path, json) => send(path, { client, method: "POST", json }),
    put: (client, path, json) => send(path, { client, method: "PUT", json }),
  };
}

/** Reads it all. */
export async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const isJson = /^application\/(?:problem\+)?json\b/.test(headers.get("content-type") ?? "");
  const said: unknown = isJson ? JSON.parse(text) : null;
  return { status, headers, text, body: typeof said === "object" && said !== null ? { ...said } : {} };
}

/** Keys of the demo's clients, where `tongyan token` finds them. */
export const demoKeys =
  (dataDirectory: string) =>
  (client: string): JWK =>
    JSON.parse(readFileSync(join(dataDirectory, "demo", "clients", `${client}.jwk`), "utf8")) as JWK;

/** Answers of a kind: what a test says of a problem at a glance. */
export const codeOf = ({ status, body }: Answer): readonly [status: number, code: unknown] => [status, body["code"]];

/** What was recorded, of an exchange as the gateway tells it; {} when there is none. */
export const recordIn = ({ body }: Pick<Answer, "body">): Answer["body"] => ({
  ...(body["record"] as Answer["body"] | null),
});

/** The identifier of the exchange that an answer came out of, its problem too. */
export function exchangeOf({ body }: Answer): string {
  const { exchange } = body;
  const id = typeof exchange === "object" && exchange !== null && "id" in exchange ? exchange.id : exchange;
  if (typeof id !== "string") throw new Error("the answer names no exchange");
  return id;
}
