import { Client, type ClientConfig } from "pg";

/**
 * A connection that is cut while it is being made or lent out tells so by an event, and without a listener that would end the process.
 * Whoever waits for it or for a query gets the error anyway.
 */
export class QuietClient extends Client {
  constructor(config?: ClientConfig) {
    super(config);
    this.on("error", () => undefined);
  }
}
