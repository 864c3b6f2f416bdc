import { below } from "../json/request-template.ts";
import { openOutbound } from "../outbound.ts";
import { outboundOptions } from "../outbound-settings.ts";
import type { Surroundings } from "../settings.ts";
import { SOURCE_ERRORS, SourceError } from "../source-error.ts";
import type {
  CallOptions,
  LookupAnswer,
  LookupQuestion,
  MatchAnswer,
  MatchQuestion,
  Source,
  SourceHealth,
} from "../source.ts";
import { CounterReceipts, type CounterReceiptState } from "./counter-receipts.ts";
import { readPeerLookup, readPeerMatch } from "./peer-answer.ts";
import { peerTokens } from "./peer-token.ts";
import type { PeerSettings } from "./settings.ts";
import { askPeer, type PeerQuestion, type PeerWay, type Receipted, sendCounterReceipt } from "./signed-call.ts";

const HEALTH_BYTES = 65_536;
/** Milliseconds for which a lost counter-receipt shows in the health. */
const REMEMBERED = 3_600_000;

/**
 * Another Tongyan. We sign what we ask; its answer counts only with its signed receipt over both; then it gets our counter-receipt. What
 * of the answer is masked or withheld is for its own policies to say. Throws SettingsError for secrets that do not fit.
 */
export function openPeer(settings: PeerSettings, around: Surroundings): Source {
  const outbound = openOutbound(outboundOptions(settings.reach, around.secret));
  const way: PeerWay = { settings, outbound, around, tokens: peerTokens(settings, outbound, around) };
  const counterReceipts = new CounterReceipts({
    send: (owed, signal) => sendCounterReceipt(way, owed, signal),
    clock: around.clock,
    deadline: settings.bounds.deadline,
  });

  async function ask(question: PeerQuestion, options: CallOptions): Promise<Receipted> {
    const receipted = await askPeer(way, question, options);
    counterReceipts.add({ exchange: question.exchange, of: receipted.exchange, receipt: receipted.receipt });
    return receipted;
  }

  return {
    describe: () => ({ kind: "peer", host: settings.url.host, abilities: ["lookup", "match"] }),
    async fetch(question, options): Promise<LookupAnswer> {
      const { answer, exchange: reference, receipt } = await ask(lookupOf(question), options);
      return { ...readPeerLookup(answer, asked(question)), reference, receipt };
    },
    async match(question, options): Promise<MatchAnswer> {
      const { answer, exchange: reference, receipt } = await ask(matchOf(question), options);
      return { ...readPeerMatch(answer, question, settings.states), reference, receipt };
    },
    health: (options) => healthOf(way, counterReceipts.state, options),
    async close() {
      counterReceipts.close();
      await outbound.close();
    },
  };
}

/** A peer tells nothing about no field: who wants to know only whether there is a record asks for its keys. */
function asked(question: LookupQuestion): LookupQuestion {
  return question.fields.length > 0 ? question : { ...question, fields: Object.keys(question.keys) };
}

function lookupOf(question: LookupQuestion): PeerQuestion {
  const body = { ...commonOf(question), fields: asked(question).fields };
  return { path: "/v1/lookups", exchange: question.exchange, body };
}

function matchOf(question: MatchQuestion): PeerQuestion {
  return { path: "/v1/matches", exchange: question.exchange, body: { ...commonOf(question), claims: question.claims } };
}

function commonOf({ resource, region, keys, purpose, consent = null }: LookupQuestion | MatchQuestion) {
  const { organisation, official, itemCode, itemName, caseNumber } = purpose;
  const elements = { organisation, official, itemCode, itemName, caseNumber };
  return { resource, region, keys, purpose: consent === null ? elements : { ...elements, consent } };
}

/** Whether the peer lets us in, and is ready itself. */
async function healthOf(way: PeerWay, owed: CounterReceiptState, { signal }: CallOptions): Promise<SourceHealth> {
  const { settings, outbound, tokens, around } = way;
  try {
    await tokens.get(signal);
    const url = below(settings.url, "/health/ready");
    const { status } = await outbound.send({ method: "GET", url, signal, maxBytes: HEALTH_BYTES, accept: [503] });
    if (status !== 200) return NOT_READY;
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const { zh, en } = SOURCE_ERRORS[error.code];
    return { status: "unavailable", zh: `${zh}（${error.detail}）。`, en: `${en} (${error.detail}).` };
  }
  return counterReceiptHealth(owed, around.clock());
}

const NOT_READY: SourceHealth = {
  status: "degraded",
  zh: "对方网关报告自身未就绪。",
  en: "The peer reports that it is not ready.",
};

function counterReceiptHealth({ late, lost, lastLost }: CounterReceiptState, now: number): SourceHealth {
  const recent = lastLost !== null && now - lastLost < REMEMBERED;
  if (late === 0 && !recent) return { status: "ready", zh: "对方网关可以访问。", en: "The peer answers." };
  return {
    status: "degraded",
    zh: `对方网关可以访问；回执尚未送达 ${late} 份，启动以来未能送达 ${lost} 份。`,
    en: `The peer answers; ${late} counter-receipt(s) are late, ${lost} could not be delivered since the start.`,
  };
}
