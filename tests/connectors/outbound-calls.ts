import type { ServerResponse } from "node:http";
import type { LookupFunction } from "node:net";
import { parseNetworks } from "#connectors/address-check.ts";
import type { Outbound, OutboundAnswer, OutboundRequest } from "#connectors/outbound.ts";
import { SourceError } from "#connectors/source-error.ts";
import { answerJson } from "./source-server.ts";

export const LOOPBACK = parseNetworks(["127.0.0.0/8"], "allowNetworks");

export const ok = (_request: unknown, response: ServerResponse): void => answerJson(response, { ok: true });

/** A lookup by which every name stands for these addresses. */
export const names =
  (...addresses: readonly string[]): LookupFunction =>
  (_hostname, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

type Asked = Partial<Omit<OutboundRequest, "url">>;
/** Up to 1024 bytes, without an end. */
export const get = (outbound: Outbound, url: string, asked: Asked = {}): Promise<OutboundAnswer> =>
  outbound.send({ method: "GET", maxBytes: 1024, signal: new AbortController().signal, ...asked, url: new URL(url) });

/** What a call fails with; fails itself when it does not. */
export async function failure(call: Promise<unknown>): Promise<SourceError> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceError)) throw new Error("no SourceError", { cause: error });
  return error;
}
export const failureCode = async (call: Promise<unknown>): Promise<string> => (await failure(call)).code;
