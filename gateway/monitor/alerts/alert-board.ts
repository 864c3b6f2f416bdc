import { type Finding, alertId } from "./finding.ts";
import { type AlertSettings, RULES } from "./rules.ts";

/** An alert as it is shown and sent. `since`: from when it is in this state; `raisedAt`: when it was raised. RFC 3339. */
export type Alert = Finding & {
  readonly id: string;
  readonly severity: "critical" | "warning";
  readonly state: "firing" | "resolved";
  readonly since: string;
  readonly raisedAt: string;
};

/** `now` since the epoch, `steady` by a clock that is never set back; milliseconds. */
export type Moment = { readonly now: number; readonly steady: number };
/** `goneFrom`: from when its condition no longer holds, by the steady clock. */
type Firing = { alert: Alert; goneFrom: number | null };

/** At once, and kept after their end. Subjects are bounded by what is registered; this bounds them all the same. */
const MOST_FIRING = 500;
const MOST_RESOLVED = 100;

/**
 * What is raised and what is over. A condition has to hold for its rule's time before an alert is raised and to be gone for another before it
 * is ended, so that one that comes and goes raises one alert.
 */
export class AlertBoard {
  readonly #rules: AlertSettings["rules"];
  /** From when a condition holds whose alert is not raised yet. */
  readonly #pending = new Map<string, number>();
  readonly #firing: Map<string, Firing>;
  #resolved: Alert[] = [];

  /** `firing`: alerts that were raised before a restart; each is ended when its condition does not come back. */
  constructor(rules: AlertSettings["rules"], firing: readonly Alert[]) {
    this.#rules = rules;
    this.#firing = new Map(firing.slice(0, MOST_FIRING).map((alert) => [alert.id, { alert, goneFrom: null }]));
  }

  /** Those that are raised, then those that are over; the newest first. */
  get alerts(): readonly Alert[] {
    return [...this.firing.toReversed(), ...this.#resolved];
  }

  get firing(): readonly Alert[] {
    return [...this.#firing.values()].map(({ alert }) => alert);
  }

  /** Takes in all that was found at one moment. Answers what has changed, each change once. */
  judge(findings: readonly Finding[], moment: Moment): Alert[] {
    const found = new Map(findings.map((finding) => [alertId(finding), finding]));
    const raised = [...found].flatMap(([id, finding]) => this.#hold(id, finding, moment) ?? []);
    for (const id of this.#pending.keys()) if (!found.has(id)) this.#pending.delete(id);
    const ended = [...this.#firing.keys()].flatMap((id) => (found.has(id) ? [] : (this.#leave(id, moment) ?? [])));
    this.#resolved = [...ended, ...this.#resolved].slice(0, MOST_RESOLVED);
    return [...raised, ...ended];
  }

  /** The alert, when this moment raises it. */
  #hold(id: string, finding: Finding, { now, steady }: Moment): Alert | null {
    const firing = this.#firing.get(id);
    if (firing !== undefined) {
      firing.alert = { ...firing.alert, ...finding };
      firing.goneFrom = null;
      return null;
    }
    const from = this.#pending.get(id) ?? steady;
    this.#pending.set(id, from);
    const afterSeconds = this.#rules[finding.rule]?.afterSeconds ?? 0;
    if (steady - from < afterSeconds * 1000 || this.#firing.size >= MOST_FIRING) return null;
    this.#pending.delete(id);
    const at = new Date(now).toISOString();
    const { severity } = RULES[finding.rule];
    const alert: Alert = { ...finding, id, severity, state: "firing", since: at, raisedAt: at };
    this.#firing.set(id, { alert, goneFrom: null });
    return alert;
  }

  /** The alert, when this moment ends it. */
  #leave(id: string, { now, steady }: Moment): Alert | null {
    const firing = this.#firing.get(id);
    if (firing === undefined) return null;
    firing.goneFrom ??= steady;
    const clearSeconds = this.#rules[firing.alert.rule]?.clearSeconds ?? 0;
    if (steady - firing.goneFrom < clearSeconds * 1000) return null;
    this.#firing.delete(id);
    return { ...firing.alert, state: "resolved", since: new Date(now).toISOString() };
  }
}
