import { SettingsError } from "../settings.ts";

export type ConnectionUrl = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
};

/** Reads `postgres://user:password@host:port/database`; parameters are refused, so that settings alone say how to connect. Throws SettingsError, which never quotes it. */
export function parseConnectionUrl(text: string, secret: string): ConnectionUrl {
  const fail = (why: string): never => {
    throw new SettingsError(`the secret ${secret} ${why}`);
  };
  const url = URL.parse(text.trim()) ?? fail("is no postgres:// URL");
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:") return fail("is no postgres:// URL");
  if (url.search !== "" || url.hash !== "") return fail("must not have parameters");
  const [host, user, password, database] = [url.hostname, url.username, url.password, url.pathname.slice(1)].map(
    (part) => decode(part) ?? fail("has a part that is not percent-encoded rightly"),
  );
  if (!host || !user || !database) return fail("must name user, host and database");
  if (host.includes("/")) return fail("must name a host, not a socket");
  return {
    host: host.replace(/^\[(.+)\]$/, "$1"),
    port: url.port === "" ? 5432 : Number(url.port),
    user,
    password: password ?? "",
    database,
  };
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
