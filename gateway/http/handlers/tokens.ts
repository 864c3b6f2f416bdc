import type { TokenForm } from "#gateway/clients/token-endpoint.ts";
import { connectionCertificate } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import type { Handlers, Schemas } from "../routes.ts";

export function tokenHandlers(
  operations: Pick<Operations, "grantToken" | "authorizationServer" | "keys">,
): Pick<Handlers, "issueToken" | "getAuthorizationServer" | "getKeys"> {
  return {
    async issueToken(request) {
      const circumstances = { certificate: connectionCertificate(request) };
      const token: Schemas["Token"] = await operations.grantToken(request.body as TokenForm, circumstances);
      return token;
    },
    async getAuthorizationServer() {
      return operations.authorizationServer;
    },
    async getKeys() {
      return operations.keys();
    },
  };
}
