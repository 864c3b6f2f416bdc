import { type SettingsReader, readSettings } from "#connectors/strict-settings.ts";
import type { TrailDelay, TrailRule } from "#gateway/log/index/trail.ts";
import { readSettingsFile } from "#gateway/settings-file.ts";

const SECRECY = "个人信息保护法第十八条第一款、第三十五条";

/**
 * What is delayed where nobody says otherwise: whoever searches the land register for an inheritance or a dispute would be seen to
 * prepare it, as relatives have inferred a will from such a trail.
 */
export const USUAL_TRAIL_RULES: readonly TrailRule[] = [
  { item: "MNR-1161-02", organisation: null, resource: null, delayDays: 30, basis: SECRECY },
];

/** The delay classes in a file, which take the place of the usual ones. Throws ConfigError. */
export const readTrailRules = (file: string): readonly TrailRule[] =>
  readSettingsFile("TONGYAN_TRAIL_RULES", file, trailRules);

const ITEM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const CREDIT_CODE = /^[0-9A-HJ-NPQRTUWXY]{18}$/;
const RESOURCE = /^[a-z][a-z0-9-]{1,62}$/;
/** A hundred years: what is longer is meant as never. */
const MOST_DAYS = 36_500;

const MEMBERS = ["item", "organisation", "resource", "delayDays", "basis"] as const;

/** `{ "rules": [{ "organisation": "11…", "delayDays": "never", "basis": "…" }] }`. Throws SettingsError. */
export const trailRules = (value: unknown): readonly TrailRule[] =>
  readSettings(value, "trail", ["rules"]).sections("rules", MEMBERS).map(trailRule);

function trailRule(reader: SettingsReader<(typeof MEMBERS)[number]>): TrailRule {
  const rule = {
    item: reader.optionalText("item", { pattern: ITEM }) ?? null,
    organisation: reader.optionalText("organisation", { pattern: CREDIT_CODE }) ?? null,
    resource: reader.optionalText("resource", { pattern: RESOURCE }) ?? null,
    delayDays: delayOf(reader),
    basis: reader.text("basis", { longest: 200 }),
  };
  if (rule.item === null && rule.organisation === null && rule.resource === null)
    reader.refuse("item", "is missing: a rule for everything would hide every trail");
  return rule;
}

const delayOf = (reader: SettingsReader<"delayDays">): TrailDelay =>
  reader.raw("delayDays") === "never" ? "never" : reader.integer("delayDays", { min: 1, max: MOST_DAYS });
