import { SettingsError } from "../settings.ts";
import { SourceError } from "../source-error.ts";
import type { Provenance } from "../source.ts";
import { type SettingsReader, readSettings } from "../strict-settings.ts";
import { codeAt, type Condition, holds, readCondition } from "./condition.ts";
import { type Pointer, pointerOf, scalarText, valueAt } from "./pointer.ts";
import { parseSourceTime } from "./source-time.ts";
import { type Json, parseJson } from "./strict-json.ts";

/** Where a text stands: in the answer, or in one of its headers. */
type Place = { readonly pointer: Pointer } | { readonly header: string };

/** What every answer of a source says besides the facts asked for. */
export type AnswerFrame = {
  readonly notFound: { readonly statuses: readonly number[]; readonly condition: Condition | null };
  /** Null: every answer is a success that is nothing else. */
  readonly success: Condition | null;
  readonly refused: Condition | null;
  /** Null: facts are as of now. */
  readonly asOf: Place | null;
  /** Null: the source names its answers by nothing. */
  readonly reference: Place | null;
};
/** What came back; names of headers are lower-case. */
export type Response = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
};
export type FramedAnswer = Provenance &
  ({ readonly kind: "found"; readonly answer: Json } | { readonly kind: "not-found" });

export const FRAME_MEMBERS = ["notFound", "success", "refused", "asOf", "reference"] as const;
type FrameMember = (typeof FRAME_MEMBERS)[number];

/** Throws SettingsError. `success` stands in for settings that name none. */
export function readFrame(reader: SettingsReader<FrameMember>, success: Condition | null = null): AnswerFrame {
  const condition = (member: "success" | "refused") =>
    reader.has(member) ? readCondition(reader.raw(member), `${reader.place}.${member}`) : null;
  return {
    notFound: readNotFound(reader),
    success: condition("success") ?? success,
    refused: condition("refused"),
    asOf: reader.raw("asOf") === "now" ? null : readPlace(reader, "asOf"),
    reference: readPlace(reader, "reference"),
  };
}

function readNotFound(reader: SettingsReader<FrameMember>): AnswerFrame["notFound"] {
  const section = reader.optionalSection("notFound", ["status", "pointer", "equals"]);
  if (section === undefined) return { statuses: [], condition: null };
  const { place } = section;
  const byBody = section.has("pointer") || section.has("equals");
  return {
    statuses: section.has("status") ? readStatuses(section.raw("status"), `${place}.status`) : [],
    condition: byBody ? readCondition({ pointer: section.raw("pointer"), equals: section.raw("equals") }, place) : null,
  };
}

/** Statuses that say something of the record: those of 401, 403, 408 and 429 say something of the call. */
function readStatuses(value: unknown, place: string): readonly number[] {
  const statuses: readonly unknown[] = Array.isArray(value) ? value : [value];
  return statuses.map((status) => {
    if (status === 204) return status;
    const fits = typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 500;
    if (fits && ![401, 403, 407, 408, 429].includes(status)) return status;
    throw new SettingsError(`${place} must be 204 or statuses of 4xx that say there is no record`);
  });
}

function readPlace(reader: SettingsReader<FrameMember>, member: "asOf" | "reference"): Place | null {
  if (!reader.has(member)) return null;
  const value = reader.raw(member);
  if (typeof value === "string") return { pointer: pointerOf(value, `${reader.place}.${member}`) };
  const header = readSettings(value, `${reader.place}.${member}`, ["header"]).text("header", { longest: 64 });
  return { header: header.toLowerCase() };
}

export type FrameCircumstances = {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Names the answer when the source does not. */
  readonly ours: string;
};

/** Reads the frame; the rest is for whoever knows the facts. Throws SourceError. */
export function readFramed(frame: AnswerFrame, response: Response, { now, ours }: FrameCircumstances): FramedAnswer {
  const { notFound, refused, success } = frame;
  const { status } = response;
  if (notFound.statuses.includes(status)) {
    return { kind: "not-found", asOf: new Date(now).toISOString(), reference: ours };
  }
  if (status < 200 || status >= 300) throw malformed(`status ${status}`);
  const answer = parseJson(response.body);
  if (refused !== null && holds(refused, answer)) throw new SourceError("SOURCE_REFUSED", codeDetail(refused, answer));
  const found = notFound.condition === null || !holds(notFound.condition, answer);
  if (found && success !== null && !holds(success, answer)) {
    throw new SourceError("SOURCE_FAILED", codeDetail(success, answer));
  }
  const textAt = (place: Place) => readText(place, answer, response);
  const provenance = {
    asOf: readAsOf(frame.asOf === null ? null : textAt(frame.asOf), frame, now, found),
    reference: (frame.reference === null ? null : textAt(frame.reference)) ?? ours,
  };
  return found ? { kind: "found", answer, ...provenance } : { kind: "not-found", ...provenance };
}

const malformed = (detail: string): SourceError => new SourceError("SOURCE_MALFORMED", detail);

function codeDetail(condition: Condition, answer: Json): string {
  const code = codeAt(condition, answer);
  return code === null ? "the answer's own code" : `the answer's own code: ${code}`;
}

function readText(place: Place, answer: Json, { headers }: Response): string | null {
  if ("header" in place) return headers.get(place.header) ?? null;
  const text = scalarText(valueAt(answer, place.pointer) ?? null);
  return text === undefined || text === "" ? null : text;
}

/** Where nothing was found, there may be nothing that says when. */
function readAsOf(text: string | null, { asOf }: AnswerFrame, now: number, found: boolean): string {
  if (asOf === null || (text === null && !found)) return new Date(now).toISOString();
  if (text === null) throw malformed("asOf is missing");
  const time = parseSourceTime(text) ?? ("header" in asOf ? parseHttpDate(text) : null);
  if (time === null) throw malformed("asOf is no time");
  return new Date(time).toISOString();
}

/** RFC 9110 5.6.7, as in Last-Modified; null for anything else. */
function parseHttpDate(text: string): number | null {
  const time = text.endsWith(" GMT") ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
