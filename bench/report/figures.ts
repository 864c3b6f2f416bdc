import { isReached, type Measurement, type Pace, type Target } from "./bench-run.ts";

const WHOLE_FROM = 100;
const FIGURES = 3;

/** Three figures are more than a machine gives; whole numbers from 100 on. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (Math.abs(value) >= WHOLE_FROM) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(FIGURES)));
}

export const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** As in +4.2 %. */
export function change(now: number, before: number): string {
  if (!(before > 0)) return "–";
  const percent = (now / before - 1) * 100;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
}

export const paceOf = (pace: Pace): string => (pace.kind === "closed" ? "closed loop" : `${figure(pace.perSecond)}/s`);

/** 0 connections: asked in the same process. */
export const connectionsOf = ({ connections }: Pick<Measurement, "connections">): string =>
  connections === 0 ? "–" : whole(connections);

/** Measurements of one scenario by this. */
export const lineOf = (measurement: Measurement): string => {
  const { subject, pace, connections } = measurement;
  return [subject, paceOf(pace), ...(connections === 0 ? [] : [`${whole(connections)} conn.`])].join(", ");
};

export const wantedOf = (target: Target): string =>
  "atLeast" in target ? `≥ ${figure(target.atLeast)}` : `≤ ${figure(target.atMost)}`;

export type Standing = "reached" | "missed" | "no target";

export const standingOf = ({ value, target }: { readonly value: number; readonly target: Target | null }): Standing => {
  if (target === null) return "no target";
  return isReached(value, target) ? "reached" : "missed";
};
