import { randomUUIDv7 } from "node:crypto";
import { contentDigest } from "#connectors/peer/statement.ts";
import type { Caller } from "#gateway/clients/caller.ts";
import type { GatewayKey } from "#gateway/clients/gateway-key.ts";
import type { ReplayGuard } from "#gateway/clients/replay-guard.ts";
import { type Access, type Authorize, clientOf } from "#gateway/exchange/authorization.ts";
import { recordedExchange } from "#gateway/exchange/recorded.ts";
import { Fault } from "#gateway/fault.ts";
import type { ExchangeLog } from "#gateway/log/exchange-log.ts";
import type { ClientEntry } from "#gateway/registry/entities.ts";
import type { Registry } from "#gateway/registry/registry.ts";
import { checkCounterReceipt, type CounterReceiptToCheck } from "./counter-receipt.ts";
import { makeReceipt } from "./receipt.ts";
import { checkSignedRequest, type SignedRequest } from "./signed-request.ts";

type Parts = {
  readonly key: Pick<GatewayKey, "identity">;
  /** This gateway's own name. */
  readonly issuer: string;
  readonly registry: Pick<Registry, "client">;
  readonly replay: ReplayGuard;
  readonly authorize: Authorize;
  readonly access: Access;
  readonly log: Pick<ExchangeLog, "append" | "get">;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** A request as a peer signed it. `path`: with whatever query it has; `body`: its exact bytes. */
export type RequestOfPeer = {
  readonly signature: string;
  readonly caller: Caller;
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
};

export type PeerProtocol = {
  /** Throws Fault SIGNATURE_INVALID or REPLAYED. */
  readonly checkSignedRequest: (request: RequestOfPeer) => Promise<void>;
  /** A signed statement over the exact bytes of an answer, as a compact JWS. */
  readonly makeReceipt: (answered: {
    readonly request: RequestOfPeer;
    readonly exchange: string;
    readonly answer: Uint8Array;
  }) => Promise<string>;
  /** What a peer signs for an exchange that it asked for here. */
  readonly counterReceipt: (exchange: string, receipt: string, caller: Caller) => Promise<void>;
};

type Issued = NonNullable<CounterReceiptToCheck["issued"]> & { acknowledged: boolean };

/** What is older is forgotten: then a counter-receipt is taken on its signature alone, as after a restart. */
const MOST_REMEMBERED = 20_000;

/** What stands between two gateways: the asking one signs its request, both sign for what was asked and answered. */
export function peerProtocol(parts: Parts): PeerProtocol {
  const { key, issuer, registry, replay, clock } = parts;
  /** By the request itself, which is one object from its check to its answer. */
  const checked = new WeakMap<RequestOfPeer, SignedRequest>();
  const issued = new Map<string, Issued>();
  return {
    async checkSignedRequest(request) {
      const { signature, method, path, body, caller } = request;
      const client = clientNamed(caller, registry);
      const asked = { signature, method, path, bodyDigest: contentDigest(body), client };
      checked.set(request, await checkSignedRequest({ ...asked, audience: issuer, replayGuard: replay, clock }));
    },
    async makeReceipt({ request, exchange, answer }) {
      const signed = checked.get(request);
      if (signed === undefined) throw new Error("a receipt is made only for a request that was checked");
      const receipt = await makeReceipt({ identity: key.identity, issuer, exchange, request: signed, answer, clock });
      remember(issued, exchange, { digest: contentDigest(receipt), theirs: signed.exchange, acknowledged: false });
      return receipt;
    },
    async counterReceipt(exchange, receipt, caller) {
      const known = issued.get(exchange) ?? null;
      await takeCounterReceipt({ exchange, receipt, caller }, known, parts);
      if (known !== null) known.acknowledged = true;
    },
  };
}

/** Somebody who has been switched off since it got its token signs nothing any more. */
function clientNamed({ id }: Caller, registry: Pick<Registry, "client">): ClientEntry {
  const client = registry.client(id);
  if (client?.active !== true) throw new Fault("SIGNATURE_INVALID", "the client is not registered any more");
  return client;
}

type Counter = { readonly exchange: string; readonly receipt: string; readonly caller: Caller };

/**
 * What the peer signed for our receipt is kept beside the exchange, once. Throws Fault EXCHANGE_UNKNOWN, also for another's exchange;
 * DENIED, SIGNATURE_INVALID or LOG_UNAVAILABLE.
 */
async function takeCounterReceipt(counter: Counter, issued: Issued | null, parts: Parts): Promise<void> {
  const { exchange, receipt, caller } = counter;
  const { registry, log, clock } = parts;
  if (!caller.roles.includes("peer")) throw new Fault("DENIED", "for peers only");
  const { record: about } = await recordedExchange(exchange, caller, parts);
  if (about?.client?.id !== caller.id || about.kind === "counter-receipt") throw new Fault("EXCHANGE_UNKNOWN");
  await checkCounterReceipt({ receipt, client: clientNamed(caller, registry), exchange, issued, clock });
  // Sent again because our answer was lost: it stands on record already.
  if (issued?.acknowledged === true) return;
  const record = {
    id: randomUUIDv7(),
    receivedAt: new Date(clock()).toISOString(),
    kind: "counter-receipt",
    client: clientOf(caller),
    of: exchange,
    receipt,
  } as const;
  await log.append({ record, request: null, answer: null, subject: null, persons: [] });
}

function remember(issued: Map<string, Issued>, exchange: string, receipt: Issued): void {
  issued.set(exchange, receipt);
  const [oldest] = issued.keys();
  if (issued.size > MOST_REMEMBERED && oldest !== undefined) issued.delete(oldest);
}
