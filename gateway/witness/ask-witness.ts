import { parseNetworks } from "#connectors/address-check.ts";
import { openOutbound, type Outbound, type OutboundAnswer } from "#connectors/outbound.ts";
import { SourceError } from "#connectors/source-error.ts";
import { parseCount } from "#gateway/log/tlog/checkpoint.ts";
import { cosignatureTime } from "#gateway/log/tlog/cosignature.ts";
import { MalformedError } from "#gateway/log/tlog/malformed.ts";
import { type NoteSignature, openNote, parseSignatures } from "#gateway/log/tlog/signed-note.ts";
import type { WitnessAddress } from "./witness-list.ts";

/** A checkpoint that the log has published. `proofFrom`: the consistency proof from a smaller size to it, in base64. */
export type OfferedCheckpoint = {
  readonly note: string;
  readonly text: string;
  readonly size: number;
  readonly proofFrom: (size: number) => Promise<readonly string[]>;
};

/** Why a witness gave no cosignature. `isAlarm`: it has cosigned a history that is not this log's present one. */
export const WITNESS_FAULTS = {
  HISTORY_SHORTER: {
    isAlarm: true,
    zh: "见证方已见证过更多条目，本日志可能被恢复为旧副本",
    en: "The witness has cosigned more entries than this log holds: an older copy may have been put back",
  },
  HISTORY_DIFFERS: {
    isAlarm: true,
    zh: "见证方见证过的历史与本日志不一致",
    en: "The witness has cosigned another history than this log shows",
  },
  LOG_NOT_FOLLOWED: { isAlarm: false, zh: "见证方未登记本日志", en: "The witness does not follow this log" },
  KEY_NOT_TRUSTED: { isAlarm: false, zh: "见证方不认可本日志的密钥", en: "The witness does not trust this log's keys" },
  ANSWER_UNUSABLE: { isAlarm: false, zh: "见证方的答复不可用", en: "The witness's answer cannot be used" },
  PROOF_MISSING: {
    isAlarm: false,
    zh: "本日志无法给出所需的证明",
    en: "This log cannot make the proof that the witness needs",
  },
  UNREACHABLE: { isAlarm: false, zh: "见证方暂时无法答复", en: "The witness does not answer" },
} as const satisfies Record<string, { readonly isAlarm: boolean; readonly zh: string; readonly en: string }>;
export type WitnessFaultCode = keyof typeof WITNESS_FAULTS;

/** `seen`: the size that the witness says it cosigned last, where it does. `detail`: codes and numbers. */
export type WitnessReply =
  | { readonly kind: "cosigned"; readonly signature: NoteSignature }
  | {
      readonly kind: "failed";
      readonly code: WitnessFaultCode;
      readonly seen: number | null;
      readonly detail: string;
    };

/** Operators name the witnesses: they may stand in networks of their own, and beyond these be reached by https. */
const OWN_NETWORKS = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "100.64.0.0/10",
  "::1/128",
  "fc00::/7",
];

export const openWitnessOutbound = (): Outbound => openOutbound({ allowed: parseNetworks(OWN_NETWORKS, "witnesses") });

const MAX_ANSWER = 64 * 1024;
const REFUSALS = [400, 403, 404, 409, 422];
/** Somebody else may be asking for this log at the same time. */
const ROUNDS = 3;
/** How far ahead of ours a witness's clock may be, seconds. */
const CLOCK_SKEW = 300;

type Asking = {
  readonly send: Outbound["send"];
  readonly signal: AbortSignal;
  /** Milliseconds. */
  readonly clock: () => number;
};

/**
 * Asks for a cosignature (C2SP tlog-witness), from the size that the witness cosigned last as far as is known (0 when it is not).
 * Throws the signal's reason, and what `proofFrom` throws.
 */
export async function askWitness(
  address: WitnessAddress,
  checkpoint: OfferedCheckpoint,
  known: number,
  asking: Asking,
): Promise<WitnessReply> {
  let old = Math.min(known, checkpoint.size);
  for (let round = 0; round < ROUNDS; round += 1) {
    const answer = await post(address, await requestOf(checkpoint, old), asking);
    if (answer instanceof SourceError) return failed("UNREACHABLE", `${answer.code}: ${answer.detail}`);
    const seen = sizeIn(answer);
    if (seen === null || seen === old) return replyOf(answer, address, checkpoint, asking.clock());
    if (seen > checkpoint.size) return failed("HISTORY_SHORTER", `${seen} entries, of ${checkpoint.size} here`, seen);
    old = seen;
  }
  return failed("ANSWER_UNUSABLE", "the witness names another size each time");
}

async function requestOf({ note, proofFrom }: OfferedCheckpoint, old: number): Promise<string> {
  const proof = await proofFrom(old);
  return `old ${old}\n${proof.map((hash) => `${hash}\n`).join("")}\n${note}`;
}

async function post(
  { url }: WitnessAddress,
  body: string,
  { send, signal }: Asking,
): Promise<OutboundAnswer | SourceError> {
  try {
    return await send({
      method: "POST",
      url: new URL(`${url}/add-checkpoint`),
      headers: { "content-type": "text/plain; charset=utf-8" },
      body,
      signal,
      maxBytes: MAX_ANSWER,
      accept: REFUSALS,
    });
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}

/** The size that the witness wants the proof to begin at; null when it does not ask for that. */
function sizeIn({ status, headers, body }: OutboundAnswer): number | null {
  if (status !== 409 || headers.get("content-type")?.split(";", 1)[0] !== "text/x.tlog.size") return null;
  const text = body.toString("latin1");
  return text.endsWith("\n") ? parseCount(text.slice(0, -1)) : null;
}

function replyOf(
  answer: OutboundAnswer,
  address: WitnessAddress,
  checkpoint: OfferedCheckpoint,
  now: number,
): WitnessReply {
  switch (answer.status) {
    case 200:
      return cosignatureIn(answer, address, checkpoint, now);
    case 403:
      return failed("KEY_NOT_TRUSTED", "status 403");
    case 404:
      return failed("LOG_NOT_FOLLOWED", "status 404");
    case 409:
      return sizeIn(answer) === null
        ? failed("HISTORY_DIFFERS", `another tree of ${checkpoint.size} entries`, checkpoint.size)
        : failed("ANSWER_UNUSABLE", "status 409 with the size that was asked from");
    case 422:
      return failed("HISTORY_DIFFERS", "the proof was refused");
    default:
      return failed("ANSWER_UNUSABLE", `status ${answer.status}`);
  }
}

/** Lines by unknown keys are passed over; one by this witness has to hold, at a time that can be. */
function cosignatureIn(
  { body }: OutboundAnswer,
  { verifier }: WitnessAddress,
  { text }: OfferedCheckpoint,
  now: number,
): WitnessReply {
  try {
    const lines = body.toString("utf8");
    parseSignatures(lines);
    const [signature] = openNote(`${text}\n${lines}`, [verifier]).verified;
    const seconds = signature === undefined ? null : cosignatureTime(signature.signature);
    if (signature === undefined || seconds === null) return failed("ANSWER_UNUSABLE", "no cosignature");
    if (seconds > now / 1000 + CLOCK_SKEW) return failed("ANSWER_UNUSABLE", "a cosignature out of the future");
    return { kind: "cosigned", signature };
  } catch (error) {
    if (error instanceof MalformedError) return failed("ANSWER_UNUSABLE", `${error.code}: ${error.message}`);
    throw error;
  }
}

const failed = (code: WitnessFaultCode, detail: string, seen: number | null = null): WitnessReply => ({
  kind: "failed",
  code,
  seen,
  detail,
});
