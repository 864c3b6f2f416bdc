import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { addressRefusal, type Network, type Transport } from "./address-check.ts";
import { SourceError } from "./source-error.ts";

/** Where connections may go. `lookup`: how names become addresses, the system's way by default. */
export type Reach = {
  readonly transport: Transport;
  readonly allowed: readonly Network[];
  readonly lookup?: LookupFunction;
};

/**
 * A lookup for sockets that answers with no address but those that may be reached, each time anew: a name that changes its
 * address gains nothing. It is not called for a host that is an address itself. Fails with SourceError SOURCE_ADDRESS.
 */
export function checkedLookup({ transport, allowed, lookup = systemLookup }: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, "");
        return;
      }
      const all = typeof found === "string" ? [] : found;
      const refusals = all.map(({ address }) => addressRefusal(address, transport, allowed));
      const addresses = all.filter((_, index) => refusals[index] === null);
      const [first] = addresses;
      if (first === undefined) callback(addressError(hostname, refusals[0] ?? "no address"), "");
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Nothing was sent to a host that may not be reached. */
export const addressError = (host: string, why: string): SourceError =>
  new SourceError("SOURCE_ADDRESS", `${host}: ${why}`, { sent: false });
