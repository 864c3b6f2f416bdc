import type { FastifyReply } from "fastify";
import type { CallOptions } from "#connectors/source.ts";
import type { InquiryAnswer } from "#gateway/exchange/inquiry.ts";
import { Fault } from "#gateway/fault.ts";
import { callerOf } from "../authentication.ts";
import { problemOf } from "../answer-error.ts";
import type { Problem } from "../problem.ts";
import type { CountRequest } from "../rate-limit.ts";
import { inquiryProblem } from "./inquiry-answer.ts";

/** Parts of one batch that are asked at the same time. */
const SIDE_BY_SIDE = 16;

type Part = { readonly id: string; readonly resource: string };
type AnsweredPart<Body> =
  | { readonly id: string; readonly status: 200; readonly answer: Body }
  | { readonly id: string; readonly status: number; readonly problem: Problem };
export type BatchAnswer<Body> = {
  readonly complete: boolean;
  readonly missing: readonly string[];
  readonly parts: readonly AnsweredPart<Body>[];
};

/** How one part is asked, and counted. */
type Asking<Asked, Body> = {
  readonly count: CountRequest;
  readonly ask: (part: Asked) => Promise<InquiryAnswer<Body>>;
  readonly calls: CallOptions;
};

/** Each part by itself, in the order asked: what keeps one from being answered does not touch the others. */
export async function answerBatch<Asked extends Part, Body>(
  asked: readonly Asked[],
  { count, ask, calls }: Asking<Asked, Body>,
  reply: FastifyReply,
): Promise<BatchAnswer<Body>> {
  checkNames(asked);
  const caller = callerOf(reply.request);
  const parts = await sideBySide(asked, async (part): Promise<AnsweredPart<Body>> => {
    calls.signal.throwIfAborted();
    try {
      await count(caller, part.resource);
      return partOf(part.id, await ask(part));
    } catch (error) {
      return unanswered(part.id, problemOf(error, reply.request).problem);
    }
  });
  const missing = parts.filter((part) => "problem" in part).map(({ id }) => id);
  reply.request.outcome = { result: `${parts.length - missing.length} of ${parts.length}` };
  return { complete: missing.length === 0, missing, parts };
}

function checkNames(parts: readonly Part[]): void {
  const names = new Set<string>();
  for (const [index, { id }] of parts.entries()) {
    if (names.has(id)) throw new Fault("INVALID_REQUEST", `body/requests/${index}/id: is there twice`);
    names.add(id);
  }
}

const unanswered = (id: string, problem: Problem): AnsweredPart<never> => ({ id, status: problem.status, problem });

const partOf = <Body>(id: string, answer: InquiryAnswer<Body>): AnsweredPart<Body> =>
  answer.kind === "answered"
    ? { id, status: 200, answer: answer.body }
    : unanswered(id, inquiryProblem(answer).problem);

/** At most SIDE_BY_SIDE at a time; results in the order of the elements. */
async function sideBySide<Element, Result>(
  elements: readonly Element[],
  perform: (element: Element) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = elements.entries();
  const worker = async (): Promise<void> => {
    for (const [index, element] of waiting) results[index] = await perform(element);
  };
  await Promise.all(Array.from({ length: Math.min(SIDE_BY_SIDE, elements.length) }, worker));
  return results;
}
