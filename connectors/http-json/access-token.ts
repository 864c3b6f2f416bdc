import { parsePointer, scalarText, valueAt } from "../json/pointer.ts";
import { type Json, parseJson } from "../json/strict-json.ts";
import type { Lent } from "../lease.ts";
import type { Outbound, OutboundAnswer } from "../outbound.ts";
import { SourceError } from "../source-error.ts";
import type { OAuthSettings } from "./auth-settings.ts";

/** For a token whose life is not told (RFC 6749 5.1 lets the source leave it out), in seconds. */
const UNTOLD_LIFE = 300;
const LONGEST_LIFE = 86_400;
const MAX_BYTES = 65_536;
/** As a bearer token may be written (RFC 6750 2.1). */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** Fetches an access token by client credentials (RFC 6749 4.4); renewed when four fifths of its life, or all but a minute, are over. Throws SourceError. */
export async function fetchAccessToken(
  settings: OAuthSettings,
  secret: string,
  {
    outbound,
    clock,
    signal,
  }: { readonly outbound: Outbound; readonly clock: () => number; readonly signal: AbortSignal },
): Promise<Lent<string>> {
  const asked = clock();
  const answer = await outbound.send({ ...tokenRequest(settings, secret), signal, maxBytes: MAX_BYTES, accept: [400] });
  const { token, life } = readToken(answer);
  return { value: token, until: asked + Math.max(life - 60, life * 0.8) * 1000 };
}

function tokenRequest({ tokenUrl, clientId, scope, style }: OAuthSettings, secret: string) {
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scope !== null) form.set("scope", scope);
  if (style === "post") {
    form.set("client_id", clientId);
    form.set("client_secret", secret);
  }
  return {
    method: "POST",
    url: tokenUrl,
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      ...(style === "basic" && { authorization: basic(clientId, secret) }),
    },
    body: form.toString(),
  } as const;
}

/** Both parts are form-encoded first (RFC 6749 2.3.1). */
function basic(clientId: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(clientId)}:${encode(secret)}`).toString("base64")}`;
}

function readToken({ status, body }: OutboundAnswer): { readonly token: string; readonly life: number } {
  // RFC 6749 5.2: all that is wrong with client or grant comes as 400.
  if (status === 400) throw new SourceError("SOURCE_REFUSED", "the token service refused this client", { sent: false });
  if (status !== 200) throw malformed(`status ${status}`);
  const answer = parseJson(body);
  const token = textAt(answer, "/access_token");
  const type = textAt(answer, "/token_type");
  if (token === null || !TOKEN.test(token)) throw malformed("no access token");
  if (type !== null && type.toLowerCase() !== "bearer") throw malformed("no bearer token");
  const life = textAt(answer, "/expires_in") ?? String(UNTOLD_LIFE);
  if (!/^\d{1,10}$/.test(life)) throw malformed("no life in seconds");
  return { token, life: Math.min(Number(life), LONGEST_LIFE) };
}

const malformed = (why: string): SourceError => new SourceError("SOURCE_MALFORMED", `token service: ${why}`);

function textAt(answer: Json, pointer: string): string | null {
  return scalarText(valueAt(answer, parsePointer(pointer) ?? []) ?? null) ?? null;
}
