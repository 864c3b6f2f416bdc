import { createPrivateKey, randomUUID, type webcrypto } from "node:crypto";
import { type JWK, SignJWT } from "jose";
import { isAssertionAlgorithm } from "#gateway/clients/client-key.ts";
import { TOKEN_PATH } from "#gateway/clients/assertion.ts";
import { ASSERTION_TYPE, GRANT_TYPE } from "#gateway/clients/token-endpoint.ts";

/** Why there is no token. `unreachable`: no answer; `misunderstood`: an answer that is none of a gateway; `refused`: by the gateway. */
export class NoToken extends Error {
  override readonly name = "NoToken";
  readonly kind: "unreachable" | "misunderstood" | "refused" | "key";

  constructor(kind: NoToken["kind"], message: string) {
    super(message);
    this.kind = kind;
  }
}

export type TokenQuestion = {
  readonly client: string;
  /** Private, with `kid` and `alg`. */
  readonly key: JWK;
  /** Of the gateway, as in http://127.0.0.1:8080. */
  readonly url: string;
};

/** Seconds that an assertion lives. */
const ASSERTION_LIFE = 60;
/** Milliseconds for one request. */
const PATIENCE = 10_000;
const MAX_ANSWER = 64 * 1024;

/** Asks a gateway for an access token (private_key_jwt, RFC 7523). Throws NoToken. */
export async function tokenFor({ client, key, url }: TokenQuestion): Promise<string> {
  const { origin } = new URL(url);
  const issuer = await discoverIssuer(origin);
  const body = new URLSearchParams({
    grant_type: GRANT_TYPE,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: await signAssertion(client, key, issuer),
  });
  const { status, answer } = await ask(`${origin}${TOKEN_PATH}`, { method: "POST", body });
  if (status === 200 && typeof answer["access_token"] === "string") return answer["access_token"];
  throw refusal(status, answer);
}

/**
 * RFC 8414. A gateway that gives the name of another would get assertions that the other one takes: only on this machine,
 * where names are many, may the name differ from the address.
 */
async function discoverIssuer(origin: string): Promise<string> {
  const { status, answer } = await ask(`${origin}/.well-known/oauth-authorization-server`, { method: "GET" });
  const { issuer } = answer;
  if (status !== 200 || typeof issuer !== "string")
    throw new NoToken("misunderstood", `${origin} is no Tongyan gateway`);
  if (issuer === origin || (isLoopback(issuer) && isLoopback(origin))) return issuer;
  throw new NoToken("misunderstood", `the gateway at ${origin} calls itself ${issuer}: ask it under that name (--url)`);
}

const isLoopback = (origin: string): boolean =>
  URL.canParse(origin) && ["127.0.0.1", "localhost", "[::1]"].includes(new URL(origin).hostname);

async function signAssertion(client: string, jwk: JWK, audience: string): Promise<string> {
  const { alg, kid } = jwk;
  if (!isAssertionAlgorithm(alg) || kid === undefined)
    throw new NoToken("key", "the key has no kid, or no alg to sign with");
  return await new SignJWT()
    .setProtectedHeader({ alg, kid, typ: "JWT" })
    .setIssuer(client)
    .setSubject(client)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_LIFE}s`)
    .sign(importPrivate(jwk));
}

function importPrivate(jwk: JWK) {
  try {
    return createPrivateKey({ key: jwk as webcrypto.JsonWebKey, format: "jwk" });
  } catch {
    // The library's message could quote the key.
    throw new NoToken("key", "the file holds no private key");
  }
}

type Answered = { readonly status: number; readonly answer: Readonly<Record<string, unknown>> };

async function ask(
  url: string,
  request: { readonly method: string; readonly body?: URLSearchParams },
): Promise<Answered> {
  const { status, text } = await send(url, request);
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === "object" && answer !== null) return { status, answer: { ...answer } };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new NoToken("misunderstood", `${new URL(url).origin} is no Tongyan gateway`);
}

async function send(url: string, request: RequestInit): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, { ...request, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    return { status: response.status, text: await textOf(response) };
  } catch (error) {
    if (error instanceof NoToken) throw error;
    throw new NoToken("unreachable", `${new URL(url).origin} does not answer (${reasonOf(error)})`);
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) throw new NoToken("misunderstood", "the answer is far too long");
  }
  return text + decoder.decode();
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error.name === "TimeoutError" ? "timed out" : error.message;
}

/** Both a problem (RFC 9457) and an OAuth error (RFC 6749 5.2) say why. */
function refusal(status: number, answer: Answered["answer"]): NoToken {
  const said = [answer["code"], answer["error"], answer["zh"], answer["detail"], answer["error_description"]];
  const text = said.filter((each) => typeof each === "string").join("; ");
  return new NoToken(status >= 500 ? "unreachable" : "refused", `${status}${text === "" ? "" : ` ${text}`}`);
}
