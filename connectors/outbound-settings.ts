import { isIP } from "node:net";
import { addressRefusal, type Network, parseNetworks } from "./address-check.ts";
import type { OutboundOptions } from "./outbound.ts";
import { SettingsError } from "./settings.ts";
import type { SettingsReader } from "./strict-settings.ts";

/** Where a source may stand. `ca` is the name of a secret that holds certificates in PEM; null for the usual authorities. */
export type ReachSettings = { readonly allowed: readonly Network[]; readonly ca: string | null };
/** Names of secrets that hold PEM. */
export type ClientCertificate = { readonly certificate: string; readonly key: string };

export const REACH_MEMBERS = ["allowNetworks", "ca"] as const;

/** Throws SettingsError. */
export function readReach(reader: SettingsReader<(typeof REACH_MEMBERS)[number]>): ReachSettings {
  return {
    allowed: parseNetworks(reader.optionalTexts("allowNetworks") ?? [], `${reader.place}.allowNetworks`),
    ca: reader.optionalText("ca") ?? null,
  };
}

/** The options for what settings name; `secret` gives PEM by name and throws SettingsError. */
export function outboundOptions(
  { allowed, ca }: ReachSettings,
  secret: (name: string) => string,
  client: ClientCertificate | null = null,
): OutboundOptions {
  return {
    allowed,
    ...(ca !== null && { ca: secret(ca) }),
    ...(client !== null && {
      clientCertificate: { certificate: secret(client.certificate), key: secret(client.key) },
    }),
  };
}

/**
 * The address of a service: http or https, without credentials, query or fragment. An IP address that would never be reached
 * is refused now; names are judged when they are looked up. Throws SettingsError.
 */
export function parseServiceUrl(text: string, place: string, allowed: readonly Network[]): URL {
  const fail = (why: string): never => {
    throw new SettingsError(`${place} ${why}`);
  };
  const url = URL.canParse(text) ? new URL(text) : fail("must be a URL");
  const { protocol } = url;
  if (protocol !== "http:" && protocol !== "https:") return fail("must be http or https");
  if (url.username !== "" || url.password !== "") return fail("must not hold credentials");
  if (url.search !== "" || url.hash !== "" || /[?#]/.test(text)) return fail("must have neither query nor fragment");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const refusal = isIP(host) === 0 ? null : addressRefusal(host, protocol, allowed);
  if (refusal !== null) return fail(`must not be a ${refusal}`);
  if (protocol === "http:" && allowed.length === 0) return fail("must be https when allowNetworks lists nothing");
  return url;
}
