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
  url: `/v1/exchanges/${id}`,
  receipt: `/v1/exchanges/${id}/receipt`,
});
