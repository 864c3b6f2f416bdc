import type { FastifyReply, FastifyRequest } from "fastify";
import type { InquiryAnswer } from "#gateway/exchange/inquiry.ts";
import type { Purpose } from "#gateway/exchange/inquiry-request.ts";
import type { PeerProtocol } from "#gateway/peers/peer-protocol.ts";
import { sentAnswer } from "../peer-protocol.ts";
import { type AnsweredProblem, denialProblem, sendProblem, sourceProblem } from "../problem.ts";
import type { Schemas } from "../routes.ts";

/** What is not stated is null from here on. In one order, whatever the caller's was: so records begin alike. */
export function purposeOf(stated: Schemas["Purpose"]): Purpose {
  const { organisation, official, itemCode, itemName, caseNumber, consent = null } = stated;
  return { organisation, official, itemCode, itemName, caseNumber, consent };
}

/** What a handler answers with. */
export function answerInquiry<Body extends { readonly outcome: string }>(
  answer: InquiryAnswer<Body>,
  reply: FastifyReply,
  peers: Pick<PeerProtocol, "makeReceipt">,
): Buffer | Promise<Buffer> | FastifyReply {
  reply.request.outcome = noteOf(answer);
  return answer.kind === "answered" ? sentAnswer(answer, reply, peers) : sendProblem(inquiryProblem(answer), reply);
}

/** For the log. */
function noteOf(answer: InquiryAnswer<{ readonly outcome: string }>): FastifyRequest["outcome"] {
  const { exchange } = answer;
  switch (answer.kind) {
    case "answered":
      return { exchange, result: answer.body.outcome };
    case "denied":
      return { exchange, result: answer.reasons[0]?.code ?? "DENIED" };
    case "unanswered":
      return { exchange, result: answer.code };
  }
}

export const inquiryProblem = (answer: Exclude<InquiryAnswer<never>, { readonly kind: "answered" }>): AnsweredProblem =>
  answer.kind === "denied" ? denialProblem(answer) : sourceProblem(answer);
