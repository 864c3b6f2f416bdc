import { type CallBounds, readBounds } from "./bounds.ts";
import { checkedInside, guarded } from "./calling.ts";
import { openHttpJson } from "./http-json/http-json.ts";
import { checkHttpJsonSettings } from "./http-json/settings.ts";
import { openNational } from "./national/national.ts";
import { checkNationalSettings } from "./national/settings.ts";
import { openPeer } from "./peer/peer.ts";
import { checkPeerSettings } from "./peer/settings.ts";
import { SettingsError, type Surroundings } from "./settings.ts";
import type { ResourceShape, Source } from "./source.ts";
import { openSql } from "./sql/sql.ts";
import { checkSqlSettings } from "./sql/settings.ts";
import { checkTableSettings } from "./table/settings.ts";
import { openTable } from "./table/table.ts";

type SourceSettings = { readonly kind: string } & Readonly<Record<string, unknown>>;

type Kind = {
  readonly check: (settings: unknown, resource: ResourceShape) => void;
  readonly open: (settings: unknown, around: Surroundings) => Source;
};

/** Every kind of source there is. */
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["table", kindOf(checkTableSettings, openTable)],
  ["http-json", kindOf(checkHttpJsonSettings, openHttpJson)],
  ["sql", kindOf(checkSqlSettings, openSql)],
  ["national", kindOf(checkNationalSettings, openNational)],
  ["peer", kindOf(checkPeerSettings, openPeer)],
]);

/** Throws SettingsError that names the member. */
export function checkSourceSettings(settings: SourceSettings, resource: ResourceShape): void {
  kindNamed(settings.kind).check(settings, resource);
}

/** A source under the discipline of all calls. Nothing is asked yet. Throws SettingsError. */
export function openSource(settings: SourceSettings, around: Surroundings): Source {
  const { resource, clock } = around;
  const source = kindNamed(settings.kind).open(settings, around);
  const discipline = source.describe().host === null ? checkedInside : guarded;
  return discipline(source, { resource, clock, bounds: boundsOf(settings) });
}

function kindOf<Settings>(
  check: (settings: unknown, resource: ResourceShape) => Settings,
  open: (settings: Settings, around: Surroundings) => Source,
): Kind {
  return { check, open: (settings, around) => open(check(settings, around.resource), around) };
}

function kindNamed(name: string): Kind {
  const kind = KINDS.get(name);
  if (kind === undefined) throw new SettingsError(`settings.kind must be one of: ${[...KINDS.keys()].join(", ")}`);
  return kind;
}

const boundsOf = (settings: SourceSettings): CallBounds => readBounds(settings["bounds"]);
