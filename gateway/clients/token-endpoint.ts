import { Fault } from "#gateway/fault.ts";
import { type AccessTokens, TOKEN_LIFE } from "./access-token.ts";
import { type Signer, TOKEN_PATH } from "./assertion.ts";
import { acceptsCertificate } from "./client-certificate.ts";
import { ASSERTION_ALGORITHMS } from "./client-key.ts";

const MEMBERS = ["grant_type", "client_assertion_type", "client_assertion", "client_id", "scope"] as const;
/** The parameters of a token request (RFC 6749 4.4, RFC 7521 4.2) as they were sent. */
export type TokenForm = { readonly [Member in (typeof MEMBERS)[number]]?: string };

/** RFC 6749 5.1. `expires_in` in seconds. */
export type GrantedToken = {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
};

type Parts = {
  readonly verifyAssertion: (jwt: string) => Promise<Signer>;
  readonly tokens: Pick<AccessTokens, "issue">;
};
/** `certificate`: of the verified client certificate of the connection, null when it brought none. */
export type TokenCircumstances = { readonly certificate: string | null };

export const GRANT_TYPE = "client_credentials";
export const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const MAX_BODY = 16 * 1024;

const isMember = (name: string): name is keyof TokenForm => MEMBERS.some((member) => member === name);

/** The body of POST /oauth/token. Unknown, repeated and empty parameters are refused: throws Fault INVALID_REQUEST. */
export function parseTokenForm(body: string): TokenForm {
  if (body.length > MAX_BODY) throw new Fault("INVALID_REQUEST", `body: longer than ${MAX_BODY} characters`);
  const form = new Map<keyof TokenForm, string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (!isMember(name)) throw new Fault("INVALID_REQUEST", "body: unknown parameter");
    if (form.has(name)) throw new Fault("INVALID_REQUEST", `body/${name}: is there twice`);
    if (value === "") throw new Fault("INVALID_REQUEST", `body/${name}: is empty`);
    form.set(name, value);
  }
  return Object.fromEntries(form);
}

/**
 * POST /oauth/token: an access token for the client that signed the assertion. The function throws Fault INVALID_REQUEST,
 * ASSERTION_INVALID or REPLAYED.
 */
export function tokenGranter({
  verifyAssertion,
  tokens,
}: Parts): (form: TokenForm, circumstances: TokenCircumstances) => Promise<GrantedToken> {
  return async (form, { certificate }) => {
    const signer = await verifyAssertion(checkForm(form));
    const { client } = signer;
    if (form.client_id !== undefined && form.client_id !== client.id) {
      throw new Fault("ASSERTION_INVALID", "client_id is not the client of the assertion");
    }
    if (!acceptsCertificate(client, certificate)) {
      throw new Fault("ASSERTION_INVALID", "this client must come with its registered client certificate");
    }
    const access_token = await tokens.issue(signer, certificate);
    return { access_token, token_type: "Bearer", expires_in: TOKEN_LIFE };
  };
}

function checkForm(form: TokenForm): string {
  if (form.grant_type !== GRANT_TYPE) throw new Fault("INVALID_REQUEST", `body/grant_type: must be ${GRANT_TYPE}`);
  if (form.client_assertion_type !== ASSERTION_TYPE) {
    throw new Fault("INVALID_REQUEST", `body/client_assertion_type: must be ${ASSERTION_TYPE}`);
  }
  if (form.scope !== undefined)
    throw new Fault("INVALID_REQUEST", "body/scope: there are none; roles and grants decide");
  if (form.client_assertion === undefined) throw new Fault("INVALID_REQUEST", "body/client_assertion: is missing");
  return form.client_assertion;
}

/** GET /.well-known/oauth-authorization-server (RFC 8414). */
export const authorizationServerMetadata = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}${TOKEN_PATH}`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  response_types_supported: [],
  grant_types_supported: [GRANT_TYPE],
  token_endpoint_auth_methods_supported: ["private_key_jwt"],
  token_endpoint_auth_signing_alg_values_supported: Object.keys(ASSERTION_ALGORITHMS),
  tls_client_certificate_bound_access_tokens: true,
});
