import { TrustError } from "./trust-error.ts";

export type TrustUse = "seal-maker" | "signer" | "time-stamp";

/** What trust.json says of one anchor; see Anchor. */
export type AnchorSettings = {
  readonly uses: ReadonlySet<TrustUse>;
  readonly regions: readonly string[] | null;
  readonly licenceTypes: readonly string[] | null;
  readonly from: number | null;
  readonly to: number | null;
};

export type TrustSettings = {
  /** By file name or by the certificate's SHA-256 in hex. */
  readonly anchors: ReadonlyMap<string, AnchorSettings>;
  /** `at` in milliseconds, null when not known: withdrawn whenever. */
  readonly revokedSeals: readonly { readonly id: string; readonly at: number | null }[];
};

const USES = ["seal-maker", "signer", "time-stamp"] as const satisfies readonly TrustUse[];
export const ALL_USES: ReadonlySet<TrustUse> = new Set(USES);

type Members = Readonly<Record<string, unknown>>;

/** Reads trust.json strictly: a member that is not known is refused, so that no misspelt restriction goes unnoticed. Null: there is none. */
export function readTrustSettings(bytes: Uint8Array | null): TrustSettings {
  if (bytes === null) return { anchors: new Map(), revokedSeals: [] };
  const root = members(parse(bytes), "the file", ["anchors", "revokedSeals"]);
  const anchors = Object.entries(root["anchors"] === undefined ? {} : members(root["anchors"], "anchors", null));
  const seals = root["revokedSeals"] === undefined ? [] : list(root["revokedSeals"], "revokedSeals");
  return {
    anchors: new Map(anchors.map(([name, value]) => [name, readAnchor(value, `anchors[${JSON.stringify(name)}]`)])),
    revokedSeals: seals.map((seal, index) => readSeal(seal, `revokedSeals[${index}]`)),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError)
      throw new TrustError("trust.json", "not JSON in UTF-8", error);
    throw error;
  }
}

function readAnchor(value: unknown, where: string): AnchorSettings {
  const own = members(value, where, ["uses", "regions", "licenceTypes", "from", "to"]);
  return {
    uses:
      own["uses"] === undefined
        ? ALL_USES
        : new Set(texts(own["uses"], `${where}.uses`).map((use) => readUse(use, `${where}.uses`))),
    regions: own["regions"] === undefined ? null : texts(own["regions"], `${where}.regions`),
    licenceTypes: own["licenceTypes"] === undefined ? null : texts(own["licenceTypes"], `${where}.licenceTypes`),
    from: own["from"] === undefined ? null : readTime(own["from"], `${where}.from`, BEGIN),
    to: own["to"] === undefined ? null : readTime(own["to"], `${where}.to`, END),
  };
}

function readUse(text: string, where: string): TrustUse {
  const use = USES.find((known) => known === text);
  if (use === undefined) throw fault(`${where}: ${JSON.stringify(text)} is none of ${USES.join(", ")}`);
  return use;
}

function readSeal(value: unknown, where: string): { id: string; at: number | null } {
  const own = members(value, where, ["id", "at"]);
  const { id } = own;
  if (typeof id !== "string" || id === "") throw fault(`${where}.id: a text is expected`);
  return { id, at: own["at"] === undefined ? null : readTime(own["at"], `${where}.at`, BEGIN) };
}

const BEGIN = "00:00:00.000";
const END = "23:59:59.999";
const TIME = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d))?$/;

/** ISO 8601 with zone. A day alone is one of China Standard Time; `dayAs` says which end of it is meant. */
function readTime(value: unknown, where: string, dayAs: typeof BEGIN | typeof END): number {
  const [text = "", day = "", clock] = TIME.exec(typeof value === "string" ? value : "") ?? [];
  const real = new Date(Date.parse(`${day}T00:00:00Z`));
  const time = clock === undefined ? Date.parse(`${day}T${dayAs}+08:00`) : Date.parse(text);
  if (Number.isNaN(time) || real.toISOString().slice(0, 10) !== day)
    throw fault(`${where}: a time such as 2030-12-31T23:59:59+08:00 is expected`);
  return time;
}

/** `known` null: any member. */
function members(value: unknown, where: string, known: readonly string[] | null): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw fault(`${where}: an object is expected`);
  const own: Members = Object.fromEntries(Object.entries(value));
  const unknown = known === null ? undefined : Object.keys(own).find((name) => !known.includes(name));
  if (unknown !== undefined) throw fault(`${where}: unknown member ${JSON.stringify(unknown)}`);
  return own;
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw fault(`${where}: a list is expected`);
  return value;
}

const texts = (value: unknown, where: string): readonly string[] =>
  list(value, where).map((text) => {
    if (typeof text !== "string" || text === "") throw fault(`${where}: a list of texts is expected`);
    return text;
  });

const fault = (reason: string): TrustError => new TrustError("trust.json", reason);
