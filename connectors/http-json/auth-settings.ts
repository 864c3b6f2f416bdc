import type { Network } from "../address-check.ts";
import { type ClientCertificate, parseServiceUrl } from "../outbound-settings.ts";
import { readSettings } from "../strict-settings.ts";

/** How the gateway shows the source who it is. `secret`, `certificate` and `key` are names of secrets. */
export type AuthSettings =
  | { readonly kind: "none" }
  | OAuthSettings
  | ApiKeySettings
  | ({ readonly kind: "mtls" } & ClientCertificate);

/** RFC 6749 4.4. `style`: client and secret in the Authorization header (`basic`) or in the form (`post`). */
export type OAuthSettings = {
  readonly kind: "oauth2-client-credentials";
  readonly tokenUrl: URL;
  readonly clientId: string;
  readonly secret: string;
  readonly scope: string | null;
  readonly style: "basic" | "post";
};
/** `prefix` stands before the key, such as `APPCODE `. */
export type ApiKeySettings = {
  readonly kind: "api-key";
  readonly header: string;
  readonly secret: string;
  readonly prefix: string;
};

const HEADER =
  /^(?!(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|accept-encoding)$)[A-Za-z0-9_-]{1,64}$/i;

/** Undefined is `{ "kind": "none" }`. Throws SettingsError. */
export function readAuth(value: unknown, place: string, allowed: readonly Network[]): AuthSettings {
  if (value === undefined) return { kind: "none" };
  const kind = readKind(value, place);
  switch (kind) {
    case "none":
      readSettings(value, place, ["kind"]);
      return { kind };
    case "oauth2-client-credentials":
      return readOAuth(value, place, allowed);
    case "api-key": {
      const reader = readSettings(value, place, ["kind", "header", "secret", "prefix"]);
      const header = reader.text("header", { pattern: HEADER }).toLowerCase();
      const prefix = reader.optionalText("prefix", { pattern: /^[\u0020-\u007e]{1,64}$/ }) ?? "";
      return { kind, header, secret: reader.text("secret"), prefix };
    }
    case "mtls": {
      const reader = readSettings(value, place, ["kind", "certificate", "key"]);
      return { kind, certificate: reader.text("certificate"), key: reader.text("key") };
    }
  }
}

const KINDS = ["none", "oauth2-client-credentials", "api-key", "mtls"] as const;
const MEMBERS = [
  "kind",
  "tokenUrl",
  "clientId",
  "secret",
  "scope",
  "style",
  "header",
  "prefix",
  "certificate",
  "key",
] as const;

/** The members of all kinds together: which of them fit is seen once the kind is known. */
const readKind = (value: unknown, place: string): (typeof KINDS)[number] =>
  readSettings(value, place, MEMBERS).choice("kind", KINDS);

function readOAuth(value: unknown, place: string, allowed: readonly Network[]): OAuthSettings {
  const reader = readSettings(value, place, ["kind", "tokenUrl", "clientId", "secret", "scope", "style"]);
  return {
    kind: "oauth2-client-credentials",
    tokenUrl: parseServiceUrl(reader.text("tokenUrl"), `${place}.tokenUrl`, allowed),
    clientId: reader.text("clientId"),
    secret: reader.text("secret"),
    scope: reader.optionalText("scope") ?? null,
    style: reader.optionalChoice("style", ["basic", "post"]) ?? "basic",
  };
}
