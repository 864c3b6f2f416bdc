import type { JWK } from "jose";
import type { ClientEntry, Organisation, Role } from "../entities.ts";
import { readClientKey } from "./client-key.ts";
import { flag, integer, invalid, listOf, matching, members, nullable, oneOf, type Reader } from "./reader.ts";
import { setOf } from "./reader.ts";
import { creditCode, entryId, regionCode, secretName, title } from "./texts.ts";

const ROLES = [
  "department",
  "approver",
  "operator",
  "auditor",
  "provider",
  "peer",
  "portal",
] as const satisfies readonly Role[];

/** What callers without authentication are called, and who stands in the history for entries that no client has made. */
const TAKEN = ["local", "anonymous", "seed", "demo"];

const clientId: Reader<string> = (value, path) => {
  const id = entryId(value, path);
  if (TAKEN.includes(id)) throw invalid(path, "must not be a name that stands for something else already");
  return id;
};

/**
 * Whoever runs the gateway neither audits it nor asks through it (GB/T 22239 level 3, separation of duties). Another gateway is believed
 * about organisations and cases, and is nothing else; so is a portal for the public, which is believed about who is before it.
 */
const roles: Reader<readonly Role[]> = (value, path) => {
  const read = setOf(oneOf(ROLES), { min: 1, max: ROLES.length })(value, path);
  const alone = (["peer", "portal"] as const).find((role) => read.includes(role));
  if (alone !== undefined && read.length > 1) throw invalid(path, `must not give a ${alone} any other role`);
  const other = (["auditor", "department", "approver"] as const).find((role) => read.includes(role));
  if (read.includes("operator") && other !== undefined)
    throw invalid(path, `must not make one client both operator and ${other}`);
  return read;
};

const organisation: Reader<Organisation> = members({ code: creditCode, name: title, region: regionCode });

const keyIdOf = (key: JWK): string => key.kid ?? "";

export const readClient: Reader<ClientEntry> = members({
  id: clientId,
  organisation,
  roles,
  active: flag,
  keys: listOf(readClientKey, { min: 0, max: 20 }, keyIdOf),
  hmac: nullable(members({ secret: secretName, bodyDigest: oneOf(["required", "absent"]) })),
  certificates: setOf(matching(/^[0-9a-f]{64}$/, "must be a SHA-256 in 64 lower-case hex digits"), { min: 0, max: 50 }),
  perMinute: integer({ min: 1, max: 1_000_000 }),
});
