import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { openPeer } from "#connectors/peer/peer.ts";
import { checkPeerSettings } from "#connectors/peer/settings.ts";
import type { Identity } from "#connectors/settings.ts";
import { SourceError } from "#connectors/source-error.ts";
import type {
  CallOptions,
  LookupQuestion,
  MatchAnswer,
  MatchQuestion,
  ResourceShape,
  Source,
} from "#connectors/source.ts";
import { openGatewayKey } from "#gateway/clients/gateway-key.ts";
import { AUDIENCE, CLIENT, startTestPeer, type TestPeer } from "./test-peer.ts";

export const NOW = Date.UTC(2026, 10, 21, 8);

const resource: ResourceShape = {
  id: "surveyor-card",
  fields: {
    cardNumber: { type: "certificate-number" },
    holderName: { type: "name" },
    holderCode: { type: "resident-number" },
    state: { type: "code" },
  },
  keys: [["cardNumber"]],
};

/** Two gateways: a peer, and sources of ours that ask it. Both have one clock. */
export type Scene = {
  readonly peer: TestPeer;
  readonly time: { now: number };
  readonly identity: Identity;
  /** With settings that fit the peer but for those given. */
  readonly open: (settings?: object, identity?: Identity) => Source;
  readonly close: () => Promise<void>;
};

export async function openScene(): Promise<Scene> {
  const directory = mkdtempSync(join(tmpdir(), "gateway-"));
  const time = { now: NOW };
  const clock = () => time.now;
  const ours = openGatewayKey(directory);
  const peer = await startTestPeer(ours.jwks().keys, clock);
  const sources: Source[] = [];
  return {
    peer,
    time,
    identity: ours.identity,
    open(settings = {}, identity = ours.identity) {
      const fitting = { kind: "peer", url: peer.url, clientId: CLIENT, audience: AUDIENCE, keys: peer.keys };
      const bounds = { maxBytes: 65_536, deadlineMs: 5_000 };
      const checked = checkPeerSettings({ ...fitting, allowNetworks: ["127.0.0.1/32"], bounds, ...settings });
      const secret = () => {
        throw new Error("no secret is needed");
      };
      const around = {
        id: "shache",
        resource,
        dataDirectory: directory,
        secret,
        isWellFormed: () => true,
        clock,
        identity,
      };
      const source = openPeer(checked, around);
      sources.push(source);
      return source;
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
      await peer.close();
      rmSync(directory, { recursive: true });
    },
  };
}

export const purpose = {
  organisation: "11340000MB0E00011X",
  official: "clerk-7",
  itemCode: "MNR-1161-13",
  itemName: "测绘作业证办理",
  caseNumber: "2026-000017",
};
const asked = {
  resource: "surveyor-card",
  region: "653125",
  keys: { cardNumber: "C-1" },
  purpose,
  exchange: "0195-ours",
};
export const lookup = (
  fields: readonly string[] = ["holderName"],
  more: Partial<LookupQuestion> = {},
): LookupQuestion => ({
  ...asked,
  fields,
  ...more,
});
const matchQuestion = (claims: Readonly<Record<string, string>>): MatchQuestion => ({
  ...asked,
  claims,
  state: "state",
});

export const patient = (): CallOptions => ({ signal: new AbortController().signal });

export async function match(source: Source, claims: Readonly<Record<string, string>>): Promise<MatchAnswer> {
  if (source.match === undefined) throw new Error("a peer compares itself");
  return await source.match(matchQuestion(claims), patient());
}

export async function failure(answer: Promise<unknown>): Promise<SourceError> {
  const error: unknown = await answer.then(
    () => expect.unreachable("an answer came"),
    (error: unknown) => error,
  );
  if (!(error instanceof SourceError)) throw error;
  return error;
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(5);
}
