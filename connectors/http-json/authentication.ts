import { Lease } from "../lease.ts";
import type { Outbound, OutboundAnswer, OutboundRequest } from "../outbound.ts";
import type { Surroundings } from "../settings.ts";
import { SettingsError } from "../settings.ts";
import { fetchAccessToken } from "./access-token.ts";
import type { ApiKeySettings, AuthSettings, OAuthSettings } from "./auth-settings.ts";

/** Sends a request as somebody the source knows. Throws SourceError. */
export type Send = (request: OutboundRequest) => Promise<OutboundAnswer>;

/** What TLS shows (`mtls`) is the connection's, not the request's. Throws SettingsError when a secret cannot be sent. */
export function authenticated(outbound: Outbound, auth: AuthSettings, around: Surroundings): Send {
  switch (auth.kind) {
    case "none":
    case "mtls":
      return outbound.send;
    case "api-key":
      return withApiKey(outbound, auth, around.secret(auth.secret));
    case "oauth2-client-credentials":
      return withToken(outbound, auth, around);
  }
}

function withApiKey(outbound: Outbound, { header, prefix }: ApiKeySettings, secret: string): Send {
  if (!/^[\u0021-\u007e]{1,4096}$/.test(secret)) {
    throw new SettingsError("settings.auth.secret must name a secret of visible ASCII characters");
  }
  return (request) => outbound.send({ ...request, headers: { ...request.headers, [header]: `${prefix}${secret}` } });
}

/** A token that is refused is fetched anew, once: the source may have forgotten it before its time. */
function withToken(outbound: Outbound, auth: OAuthSettings, { secret, clock }: Surroundings): Send {
  const clientSecret = secret(auth.secret);
  const lease = new Lease((signal) => fetchAccessToken(auth, clientSecret, { outbound, clock, signal }), clock);
  const send = (request: OutboundRequest, token: string) =>
    outbound.send({ ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });

  return async (request) => {
    const token = await lease.get(request.signal);
    const answer = await send({ ...request, accept: [...(request.accept ?? []), 401] }, token);
    if (answer.status !== 401) return answer;
    lease.drop(token);
    return await send(request, await lease.get(request.signal));
  };
}
