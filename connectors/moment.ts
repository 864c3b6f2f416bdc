const RFC_3339 = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

let last: { readonly text: string; readonly moment: number | null } = { text: "", moment: null };

/** Milliseconds since the epoch of a date and time after RFC 3339; null for anything else and for days not in the calendar. */
export function readMoment(text: string): number | null {
  // Most answers of a source are from the same time as the one before.
  if (text !== last.text) last = { text, moment: parseMoment(text) };
  return last.moment;
}

function parseMoment(text: string): number | null {
  const parts = RFC_3339.exec(text);
  if (parts === null) return null;
  const day = Date.parse(`${parts[1]}T00:00:00Z`);
  const time = Date.parse(text);
  if (Number.isNaN(day) || Number.isNaN(time)) return null;
  return new Date(day).toISOString().startsWith(`${parts[1]}T`) && parts[2] !== "24:00:00" ? time : null;
}
