import { createPublicKey, type webcrypto } from "node:crypto";
import { type CallBounds, readBounds } from "../bounds.ts";
import { parseServiceUrl, REACH_MEMBERS, type ReachSettings, readReach } from "../outbound-settings.ts";
import { type SettingsReader, readSettings } from "../strict-settings.ts";
import type { StatementKey } from "./statement.ts";

export type PeerSettings = {
  readonly kind: "peer";
  /** Where the peer's paths begin. */
  readonly url: URL;
  /** This gateway's name there. */
  readonly clientId: string;
  /** The peer's own name, as its tokens and receipts bear it. */
  readonly audience: string;
  /** What its receipts are verified with. */
  readonly keys: readonly StatementKey[];
  /** By the state that a match at the peer answers with: the value that our catalogue's state field has for it. */
  readonly states: ReadonlyMap<string, string>;
  readonly reach: ReachSettings;
  readonly bounds: CallBounds;
};

const MEMBERS = ["kind", "url", "clientId", "audience", "keys", "jwks", "states", "bounds", ...REACH_MEMBERS] as const;
const KEY_MEMBERS = ["kty", "crv", "x", "kid", "alg", "use"] as const;

/** The states of licences that a gateway tells (see the contract of POST /v1/matches), each with the catalogue's usual code. */
const STATES: ReadonlyMap<string, string> = new Map([
  ["in-force", "current"],
  ...["suspended", "revoked", "cancelled", "expired", "superseded", "unknown"].map((state) => [state, state] as const),
]);

/** Keys are pinned: either `keys`, or `jwks` as the peer publishes it. Throws SettingsError. */
export function checkPeerSettings(value: unknown): PeerSettings {
  const reader = readSettings(value, "settings", MEMBERS);
  const reach = readReach(reader);
  return {
    kind: reader.choice("kind", ["peer"]),
    url: parseServiceUrl(reader.text("url"), "settings.url", reach.allowed),
    clientId: reader.text("clientId", { longest: 128 }),
    audience: reader.text("audience", { longest: 512 }),
    keys: readKeys(reader),
    states: readStates(reader),
    reach,
    bounds: readBounds(reader.raw("bounds")),
  };
}

type Reader = SettingsReader<(typeof MEMBERS)[number]>;
type KeyReader = SettingsReader<(typeof KEY_MEMBERS)[number]>;

function readKeys(reader: Reader): readonly StatementKey[] {
  if (reader.has("keys") === reader.has("jwks")) reader.refuse("keys", "or jwks must be there, and only one of them");
  const sections = reader.has("keys")
    ? reader.sections("keys", KEY_MEMBERS)
    : reader.section("jwks", ["keys"]).sections("keys", KEY_MEMBERS);
  const keys = sections.map(readKey);
  if (keys.length === 0 || new Set(keys.map(({ kid }) => kid)).size < keys.length) {
    reader.refuse(reader.has("keys") ? "keys" : "jwks", "must hold at least one key, and no kid twice");
  }
  return keys;
}

/** Gateways sign with Ed25519 (RFC 8037) and nothing else. */
function readKey(reader: KeyReader): StatementKey {
  reader.choice("kty", ["OKP"]);
  reader.choice("crv", ["Ed25519"]);
  reader.optionalChoice("use", ["sig"]);
  const algorithm = reader.optionalChoice("alg", ["EdDSA"]) ?? "EdDSA";
  const x = reader.text("x", { pattern: /^[A-Za-z0-9_-]{43}$/ });
  const kid = reader.text("kid", { longest: 128 });
  try {
    const jwk: webcrypto.JsonWebKey = { kty: "OKP", crv: "Ed25519", x };
    return { kid, algorithm, key: createPublicKey({ key: jwk, format: "jwk" }) };
  } catch {
    return reader.refuse("x", "is no public key");
  }
}

function readStates(reader: Reader): ReadonlyMap<string, string> {
  const stated = reader.optionalTextsByName("states") ?? new Map<string, string>();
  const unknown = [...stated.keys()].find((state) => !STATES.has(state));
  if (unknown !== undefined) reader.refuse("states", `must be named by one of: ${[...STATES.keys()].join(", ")}`);
  return new Map([...STATES, ...stated]);
}
