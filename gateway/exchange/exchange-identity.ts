import { randomUUIDv7 } from "node:crypto";

/** A new identifier (UUID version 7, RFC 9562). It is made in lower case; this way it is also a text in one piece (see DECISIONS.md). */
export const newExchangeId = (): string => randomUUIDv7().toLowerCase();

let lastTime = { at: Number.NaN, text: "" };

/** ISO 8601, UTC. Requests of one millisecond share a text. */
export function timeText(at: number): string {
  if (at !== lastTime.at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}

/** What every answer says of the exchange that it came out of; `receivedAt` in ISO 8601, UTC. `receipt`: where its proof is. */
export type AnsweredExchange = {
  readonly id: string;
  readonly receivedAt: string;
  readonly url: string;
  readonly receipt: string;
};

export const answeredExchange = (id: string, receivedAt: string): AnsweredExchange => ({
  id,
  receivedAt,
  url: ["/v1/exchanges/", id].join(""),
  receipt: ["/v1/exchanges/", id, "/receipt"].join(""),
});
