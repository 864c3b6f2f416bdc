import { type CallBounds, readBounds } from "../bounds.ts";
import type { Ways } from "../json/json-asking.ts";
import { readLookupMapping } from "../json/lookup-mapping.ts";
import { readMatchMapping } from "../json/match-mapping.ts";
import { readRequest, REQUEST_MEMBERS, type RequestTemplate } from "../json/request-template.ts";
import { parseServiceUrl, REACH_MEMBERS, type ReachSettings, readReach } from "../outbound-settings.ts";
import type { ResourceShape } from "../source.ts";
import { readSettings, type SettingsReader } from "../strict-settings.ts";
import { type AuthSettings, readAuth } from "./auth-settings.ts";

export type HttpJsonSettings = Ways<RequestTemplate> & {
  readonly kind: "http-json";
  readonly baseUrl: URL;
  readonly reach: ReachSettings;
  readonly auth: AuthSettings;
  /** Path that answers 2xx to a GET while the service is well; null when there is none. */
  readonly healthPath: string | null;
  readonly bounds: CallBounds;
};

const MEMBERS = [
  "kind",
  "baseUrl",
  ...REACH_MEMBERS,
  "auth",
  "request",
  "answer",
  "match",
  "healthPath",
  "bounds",
] as const;
type Member = (typeof MEMBERS)[number];

const PATH = /^\/[\w.~!$&'()*+,;=:@%/-]*$/;

/** Throws SettingsError that names the member. */
export function checkHttpJsonSettings(value: unknown, resource: ResourceShape): HttpJsonSettings {
  const reader = readSettings(value, "settings", MEMBERS);
  const reach = readReach(reader);
  return {
    kind: reader.choice("kind", ["http-json"]),
    baseUrl: parseServiceUrl(reader.text("baseUrl"), "settings.baseUrl", reach.allowed),
    reach,
    auth: readAuth(reader.raw("auth"), "settings.auth", reach.allowed),
    lookup: readLookup(reader, resource),
    match: readMatch(reader, resource),
    healthPath: reader.optionalText("healthPath", { pattern: PATH }) ?? null,
    bounds: readBounds(reader.raw("bounds")),
  };
}

/** A source that compares needs no lookup; neither is nothing to ask. */
function readLookup(reader: SettingsReader<Member>, resource: ResourceShape): HttpJsonSettings["lookup"] {
  if (reader.has("match") && !reader.has("request") && !reader.has("answer")) return null;
  return {
    request: readRequest(reader.section("request", REQUEST_MEMBERS), resource, "lookup"),
    answer: readLookupMapping(reader.raw("answer"), "settings.answer", resource),
  };
}

function readMatch(reader: SettingsReader<Member>, resource: ResourceShape): HttpJsonSettings["match"] {
  const match = reader.optionalSection("match", ["request", "answer"]);
  if (match === undefined) return null;
  return {
    request: readRequest(match.section("request", REQUEST_MEMBERS), resource, "match"),
    answer: readMatchMapping(match.raw("answer"), `${match.place}.answer`, resource),
  };
}
