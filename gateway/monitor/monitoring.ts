import type { Timing } from "#gateway/exchange/observe.ts";
import type { SourceHealth } from "#connectors/source.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import type { Access, Authorize } from "#gateway/exchange/authorization.ts";
import type { ExchangeRecord } from "#gateway/log/exchange-record.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import type { VerifierState } from "#gateway/workers/verifier.ts";
import { type Alert, AlertBoard } from "./alerts/alert-board.ts";
import { AlertStore } from "./alerts/alert-store.ts";
import { AlertWatch, type Watched } from "./alerts/alert-watch.ts";
import { Deliveries, type DeliveryState } from "./alerts/deliveries.ts";
import type { AlertSettings } from "./alerts/rules.ts";
import { webhookSender } from "./alerts/webhook-sender.ts";
import { CountSlots } from "./count-slots.ts";
import { type AnsweredRequest, ExchangeCounts } from "./exchange-counts.ts";
import { type Figures, figuresOf, type FiguresWindow, type WindowName, WINDOWS } from "./figures.ts";
import { metricsOf, type MetricsText } from "./metrics.ts";
import { monitorAccess } from "./monitor-access.ts";
import { type Scorecard, scorecardsOf } from "./scorecards.ts";
import { SourceWatch } from "./source-watch.ts";

/** What is raised, then what is over, the newest first. `lookedAt`: when all rules were last looked at, null before that. */
export type AlertList = {
  readonly lookedAt: string | null;
  readonly alerts: readonly Alert[];
  /** Null when none is configured. */
  readonly webhook: DeliveryState | null;
};

/** What the routes of the monitor do. But for `answered` all throw Fault DENIED or AUTHENTICATION_REQUIRED. */
export type MonitorOperations = {
  /** Told of every request once it is answered. Never throws. */
  readonly answered: (answered: AnsweredRequest) => void;
  readonly figures: (caller: Caller, window: WindowName) => Figures;
  readonly alerts: (caller: Caller) => AlertList;
  readonly scorecards: (
    caller: Caller,
    window: WindowName,
  ) => { readonly window: FiguresWindow; readonly providers: readonly Scorecard[] };
  readonly metrics: (caller: Caller) => Promise<MetricsText>;
};

export type Monitoring = {
  readonly operations: MonitorOperations;
  /** Told of every exchange once it is recorded. Never throws. */
  readonly recorded: (record: ExchangeRecord, timing: Timing) => void;
  /** Told of every question that a source did not answer. Never throws. */
  readonly sourceFailed: (source: string, code: string) => void;
  /** Begins to look for what is to be told. */
  readonly start: () => void;
  readonly close: () => Promise<void>;
};

type Parts = {
  readonly registry: Pick<Registry, "resource" | "resources" | "source" | "client" | "onChange">;
  readonly access: Access;
  readonly authorize: Authorize;
  readonly askSources: () => Promise<Readonly<Record<string, SourceHealth>>>;
  readonly verifier: () => VerifierState;
  readonly watched: Watched;
  readonly settings: AlertSettings;
  /** Null: alerts are shown, and sent nowhere. `gateway`: this one's own name. */
  readonly webhook: { readonly url: URL; readonly secret: string; readonly gateway: string } | null;
  /** Where alerts are kept over a restart. */
  readonly file: string;
  /** For the log: a change of an alert. */
  readonly onAlert: (alert: Alert) => void;
  readonly onTrouble: (what: string, detail: string) => void;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

const MINUTE = 60_000;
/** Windows must not jump with the clock of the machine. */
const steady = (): number => performance.now();

export function openMonitoring(parts: Parts): Monitoring {
  const { registry, watched, clock } = parts;
  const slots = new CountSlots(registry, steady());
  const counts = new ExchangeCounts(slots, { names: registry, steady, clock });
  registry.onChange(({ kind }) => {
    if (kind === "resource") counts.refresh();
  });
  const sources = new SourceWatch({ ask: parts.askSources, counts, clock });
  const alerting = startAlerting(parts, slots, sources);
  const metrics = metricsOf({
    counts: slots,
    sources: () => sources.states,
    firing: () => alerting.board.firing,
    deliveries: alerting.deliveryState,
    endings: watched.endings,
    verifier: parts.verifier,
    ...(watched.log !== undefined && { log: watched.log }),
    steady,
  });
  const access = monitorAccess(parts);
  const windowOf = windows(clock);
  return {
    recorded: (record, timing) => counts.recorded(record, timing),
    sourceFailed: (source, code) => counts.sourceFailed(source, code),
    start: () => alerting.watch.start(),
    close: alerting.close,
    operations: {
      answered: (answered) => counts.answered(answered),
      figures(caller, window) {
        access.toMonitor(caller);
        slots.tally.turn(steady());
        return figuresOf({ counts: slots, registry, sourceStates: () => sources.states }, windowOf(window));
      },
      alerts(caller) {
        access.toMonitor(caller);
        const { watch, board, deliveryState } = alerting;
        return { lookedAt: watch.lookedAt, alerts: board.alerts, webhook: deliveryState() };
      },
      scorecards(caller, name) {
        slots.tally.turn(steady());
        const window = windowOf(name);
        const all = scorecardsOf({ counts: slots, registry }, window);
        const readable = access.toScorecards(
          caller,
          all.map(({ organisation }) => organisation),
        );
        return { window, providers: all.filter(({ organisation }) => readable.has(organisation)) };
      },
      async metrics(caller) {
        access.toMetrics(caller);
        return await metrics();
      },
    },
  };
}

/** From the beginning of the window's first minute, but no earlier than this. */
function windows(clock: () => number): (name: WindowName) => FiguresWindow {
  const started = steady();
  return (name) => {
    const [now, present] = [clock(), steady()];
    const before = (Math.floor(present / MINUTE) - WINDOWS[name] + 1) * MINUTE;
    const age = present - Math.max(started, before);
    return { name, from: new Date(now - age).toISOString(), to: new Date(now).toISOString() };
  };
}

type Alerting = {
  readonly watch: AlertWatch;
  readonly board: AlertBoard;
  readonly deliveryState: () => DeliveryState | null;
  readonly close: () => Promise<void>;
};

function startAlerting(parts: Parts, counts: CountSlots, sources: SourceWatch): Alerting {
  const { settings, watched, file, onAlert, onTrouble, clock } = parts;
  const store = new AlertStore({ file, onTrouble });
  const saved = store.load();
  const board = new AlertBoard(settings.rules, saved.firing);
  const save = (): void => store.save({ firing: board.firing, deliveries: webhook?.deliveries.waiting ?? [] });
  const webhook = openWebhook(parts, { waiting: saved.deliveries, onChange: save });
  const onChange = (changes: readonly Alert[]): void => {
    changes.forEach(onAlert);
    webhook?.deliveries.add(changes);
    save();
  };
  const watch = new AlertWatch({ settings, board, counts, sources, watched, onChange, onTrouble, clock, steady });
  return {
    watch,
    board,
    deliveryState: () => webhook?.deliveries.state ?? null,
    async close() {
      await watch.close();
      await webhook?.close();
      save();
      await store.flush();
    },
  };
}

type Outbox = Pick<ConstructorParameters<typeof Deliveries>[0], "waiting" | "onChange">;

function openWebhook({ webhook, onTrouble, clock }: Parts, outbox: Outbox) {
  if (webhook === null) return null;
  const sender = webhookSender({ ...webhook, clock });
  const deliveries = new Deliveries({ ...outbox, send: sender.send, onTrouble, clock });
  return {
    deliveries,
    /** What is under way ends with its connection, and stays to be sent. */
    async close(): Promise<void> {
      const closed = deliveries.close();
      await sender.close();
      await closed;
    },
  };
}
