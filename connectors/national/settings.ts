import { type CallBounds, readBounds } from "../bounds.ts";
import { type BodyTemplate, parseWholeBody, placeholdersInBody } from "../json/body-template.ts";
import { type Condition, readCondition } from "../json/condition.ts";
import type { Ways } from "../json/json-asking.ts";
import { readLookupMapping } from "../json/lookup-mapping.ts";
import { readMatchMapping } from "../json/match-mapping.ts";
import { assertKeysSent } from "../json/request-template.ts";
import { type Asking, placeholdersOf } from "../json/template.ts";
import { parseServiceUrl, REACH_MEMBERS, type ReachSettings, readReach } from "../outbound-settings.ts";
import type { ResourceShape } from "../source.ts";
import { readSettings, type SettingsReader } from "../strict-settings.ts";
import { CIPHERS, KEY_FORMS, type KeyServiceSettings } from "./session-key.ts";
import { type Requester, SCHEMES } from "./signature.ts";

export type NationalSettings = Ways<BodyTemplate> & {
  readonly kind: "national";
  readonly url: URL;
  readonly reach: ReachSettings;
  readonly requester: Requester;
  /** Name of the secret that holds the app key. */
  readonly appKey: string;
  /** Null: the app key itself signs calls. */
  readonly keyService: (KeyServiceSettings & { readonly unknownKey: Condition | null }) | null;
  readonly bounds: CallBounds;
};

const MEMBERS = [
  "kind",
  "scheme",
  "requesterId",
  "serviceId",
  "keyService",
  "url",
  "appKey",
  ...REACH_MEMBERS,
  "requestBody",
  "answer",
  "match",
  "bounds",
] as const;
type Reader = SettingsReader<(typeof MEMBERS)[number]>;

/** As header values and in what is signed. */
const IDENTIFIER = { pattern: /^[\u0021-\u007e]{1,128}$/ };
/** `{ code, message, data }`; older interfaces say 0, those of 数据直达 200. */
const SUCCESS: Condition = { pointer: ["code"], equals: new Set(["0", "200"]) };

/** Throws SettingsError that names the member. */
export function checkNationalSettings(value: unknown, resource: ResourceShape): NationalSettings {
  const reader = readSettings(value, "settings", MEMBERS);
  const reach = readReach(reader);
  const requester = {
    scheme: reader.choice("scheme", SCHEMES),
    requesterId: reader.text("requesterId", IDENTIFIER),
    serviceId: reader.text("serviceId", IDENTIFIER),
  };
  return {
    kind: reader.choice("kind", ["national"]),
    url: parseServiceUrl(reader.text("url"), "settings.url", reach.allowed),
    reach,
    requester,
    appKey: reader.text("appKey"),
    keyService: readKeyService(reader, reach, requester),
    lookup: readLookup(reader, resource),
    match: readMatch(reader, resource),
    bounds: readBounds(reader.raw("bounds")),
  };
}

function readKeyService(reader: Reader, reach: ReachSettings, requester: Requester): NationalSettings["keyService"] {
  if (reader.raw("keyService") === null) return null;
  const section = reader.section("keyService", ["url", "serviceId", "cipher", "keyForm", "unknownKey"]);
  const { place } = section;
  return {
    url: parseServiceUrl(section.text("url"), `${place}.url`, reach.allowed),
    requester: { ...requester, serviceId: section.optionalText("serviceId", IDENTIFIER) ?? requester.serviceId },
    cipher: section.optionalChoice("cipher", CIPHER_NAMES) ?? "aes-128-ecb",
    keyForm: section.optionalChoice("keyForm", KEY_FORMS) ?? "sha1prng",
    unknownKey: section.has("unknownKey") ? readCondition(section.raw("unknownKey"), `${place}.unknownKey`) : null,
  };
}

const CIPHER_NAMES = Object.keys(CIPHERS) as readonly (keyof typeof CIPHERS)[];

/** A source that compares needs no lookup; neither is nothing to ask. */
function readLookup(reader: Reader, resource: ResourceShape): NationalSettings["lookup"] {
  if (reader.has("match") && !reader.has("requestBody") && !reader.has("answer")) return null;
  return {
    request: readBody(reader.raw("requestBody"), "settings.requestBody", resource, "lookup"),
    answer: readLookupMapping(reader.raw("answer"), "settings.answer", resource, SUCCESS),
  };
}

function readMatch(reader: Reader, resource: ResourceShape): NationalSettings["match"] {
  const match = reader.optionalSection("match", ["requestBody", "answer"]);
  if (match === undefined) return null;
  return {
    request: readBody(match.raw("requestBody"), `${match.place}.requestBody`, resource, "match"),
    answer: readMatchMapping(match.raw("answer"), `${match.place}.answer`, resource, SUCCESS),
  };
}

function readBody(value: unknown, place: string, resource: ResourceShape, asking: Asking): BodyTemplate {
  const body = parseWholeBody(value, place, placeholdersOf(resource, asking));
  assertKeysSent(placeholdersInBody(body), place, resource);
  return body;
}
