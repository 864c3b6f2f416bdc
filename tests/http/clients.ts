import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AccessTokens, accessTokens } from "#gateway/clients/access-token.ts";
import { assertionVerifier } from "#gateway/clients/assertion.ts";
import { authenticator } from "#gateway/clients/authentication.ts";
import { openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { legacyVerifier } from "#gateway/clients/legacy-hmac.ts";
import { memoryReplayGuard } from "#gateway/clients/replay-guard.ts";
import { clientWith, makeKey, registryOf } from "#gateway/clients/test-clients.ts";
import { authorizationServerMetadata, tokenGranter } from "#gateway/clients/token-endpoint.ts";
import type { Operations } from "#gateway/http/operations.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";

/** The key that anhui-window signs its assertions with. */
export const WINDOW_KEY = makeKey("ES256", "window-1");
/** The secret that legacy clients share with the gateway in these tests. */
export const LEGACY_SECRET = "a-secret-of-these-tests-only";

const keysOf = (kid: string): ClientEntry["keys"] => [makeKey("ES256", kid).jwk];
const hmac = (bodyDigest: "required" | "absent"): ClientEntry["hmac"] => ({ secret: "legacy", bodyDigest });

export const CLIENTS = {
  window: clientWith({ keys: [WINDOW_KEY.jwk], perMinute: 100_000 }),
  slow: clientWith({ id: "slow-window", keys: keysOf("slow"), perMinute: 3 }),
  operator: clientWith({ id: "operator", roles: ["operator"], keys: keysOf("operator"), perMinute: 100_000 }),
  peer: clientWith({ id: "shache-gateway", roles: ["peer"], keys: keysOf("peer"), perMinute: 100_000 }),
  legacy: clientWith({ id: "legacy-window", hmac: hmac("required"), perMinute: 100_000 }),
  bare: clientWith({ id: "bare-window", hmac: hmac("absent"), perMinute: 100_000 }),
} as const;

type Identity = Pick<Operations, "authenticate" | "grantToken" | "authorizationServer" | "keys">;
type Circumstances = {
  readonly clients: readonly ClientEntry[];
  readonly issuer: string;
  readonly clock: () => number;
};

/** The real thing, with keys of its own. */
export function testClients({
  clients,
  issuer,
  clock,
}: Circumstances): Identity & { readonly tokens: AccessTokens; readonly close: () => void } {
  const home = mkdtempSync(join(tmpdir(), "tongyan-clients-"));
  const key = openGatewayKey(home);
  const registry = registryOf(...clients);
  const replay = memoryReplayGuard({ clock });
  const tokens = accessTokens({ key, registry, issuer, clock });
  const verifyLegacy = legacyVerifier({ registry, secret: () => LEGACY_SECRET, replay, clock });
  return {
    tokens,
    authenticate: authenticator({ tokens, verifyLegacy }),
    grantToken: tokenGranter({ tokens, verifyAssertion: assertionVerifier({ registry, issuer, replay, clock }) }),
    authorizationServer: authorizationServerMetadata(issuer),
    keys: key.jwks,
    close: () => rmSync(home, { recursive: true, force: true }),
  };
}
