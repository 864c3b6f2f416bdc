import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JWK } from "jose";
import { UsageError } from "./options.ts";
import type { Environment } from "./local-trust.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { NoToken, tokenFor, type TokenQuestion } from "./token-for.ts";

/** As which client a command speaks to which gateway. */
export type GatewayAccess = {
  readonly client: string;
  /** Of the gateway, as in http://127.0.0.1:8080. */
  readonly url: string;
  /** Directory of private keys. */
  readonly keys: string;
};

/** Of the command line; the same for every command that speaks to a gateway. */
export const ACCESS_OPTIONS = { url: { type: "string" }, keys: { type: "string" } } as const;
export const ACCESS_HELP = `  --url URL    of the gateway; default http://127.0.0.1:8080
  --keys DIR   where the client's private key is, as CLIENT.jwk; default data/demo/clients (in $TONGYAN_DATA)`;

type Given = { readonly url?: string | undefined; readonly keys?: string | undefined };

const IDENTIFIER = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** An identifier of the registry: it stands in paths. Throws UsageError. */
export function parseIdentifier(text: string, kind: "client" | "source"): string {
  if (IDENTIFIER.test(text)) return text;
  throw new UsageError(`${text} is no ${kind}'s identifier`);
}

/** Throws UsageError. */
export function parseAccess(client: string, { url, keys }: Given, env: Environment): GatewayAccess {
  return {
    client: parseIdentifier(client, "client"),
    url: parseUrl(url ?? "http://127.0.0.1:8080"),
    keys: keys ?? join(env["TONGYAN_DATA"] ?? "data", "demo", "clients"),
  };
}

/** Throws UsageError. */
export function parseUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UsageError(`--url ${text}: write it like http://127.0.0.1:8080`);
}

const EXITS = {
  key: EXIT.data,
  unreachable: EXIT.unreachable,
  misunderstood: EXIT.misunderstood,
  refused: EXIT.refused,
} as const satisfies Record<NoToken["kind"], number>;

/** An access token of the client. Throws CommandError. */
export async function accessToken({ client, url, keys }: GatewayAccess): Promise<string> {
  return await requestToken({ client, url, key: readKey(join(keys, `${client}.jwk`)) });
}

/** As tokenFor. Throws CommandError. */
export async function requestToken(question: TokenQuestion): Promise<string> {
  try {
    return await tokenFor(question);
  } catch (error) {
    if (error instanceof NoToken) throw new CommandError(EXITS[error.kind], error.message);
    throw error;
  }
}

/** A client's private key. Throws CommandError. */
export function readKey(file: string): JWK {
  const text = readText(file);
  try {
    const key: unknown = JSON.parse(text);
    if (typeof key === "object" && key !== null && "kty" in key) return key as JWK;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CommandError(EXIT.data, `${file} holds no JSON Web Key`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const why = code === "ENOENT" ? "no such client here; `tongyan serve` makes the demo's keys" : code;
    throw new CommandError(EXIT.unreadable, `${file}: ${why}`);
  }
}
