import type { FastifyReply } from "fastify";
import type { VerificationAnswer } from "#gateway/exchange/verification.ts";
import type { RegisterRequest } from "#gateway/exchange/register.ts";
import { Fault } from "#gateway/fault.ts";
import { callerOf } from "../authentication.ts";
import type { operations } from "../contract.d.ts";
import type { Intake } from "../document-body.ts";
import type { Operations } from "../operations.ts";
import { denialProblem, refusalProblem, sendProblem } from "../problem.ts";
import { JSON_TEXT } from "../media-type.ts";
import type { Handlers } from "../routes.ts";
import { CallsFor } from "./gone-signal.ts";

type Query = NonNullable<operations["verifyDocument"]["parameters"]["query"]>;

export function verificationHandlers(
  { verify, defaultPolicy }: Pick<Operations, "verify" | "defaultPolicy">,
  intake: Intake,
): Pick<Handlers, "verifyDocument"> {
  return {
    async verifyDocument(request, reply) {
      const query = request.query as Query;
      const { at, policy = defaultPolicy } = query;
      const target = `${request.method} ${request.url}`;
      const asked = { caller: callerOf(request), target, at: parseTime(at), policy, register: registerOf(query) };
      const receive = () => intake.receive(request);
      return answerVerification(await verify({ ...asked, receive, calls: new CallsFor(reply) }), reply);
    },
  };
}

function answerVerification(answer: VerificationAnswer, reply: FastifyReply): FastifyReply {
  switch (answer.kind) {
    case "report":
      reply.request.outcome = { exchange: answer.report.id, result: answer.report.verdict };
      return reply.type(JSON_TEXT).send(answer.bytes);
    case "refused":
      reply.request.outcome = { exchange: answer.exchange, result: answer.code };
      return sendProblem(refusalProblem(answer), reply);
    case "denied":
      reply.request.outcome = { exchange: answer.exchange, result: answer.reasons[0]?.code ?? "DENIED" };
      return sendProblem(denialProblem(answer), reply);
  }
}

/** What four digits of a year can say in UTC. */
const EARLIEST = Date.parse("0001-01-01T00:00:00Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");

/** The form was checked against the contract; the calendar can still know no such time. */
function parseTime(at: string | undefined): number | null {
  if (at === undefined) return null;
  const time = Date.parse(at);
  if (!(time >= EARLIEST && time <= LATEST)) throw new Fault("INVALID_REQUEST", "query/at: no such time");
  return time;
}

/** Needed beside `resource`, and of no use without it. */
const ELEMENTS = ["organisation", "official", "itemCode", "itemName", "caseNumber"] as const;

/** The register that the query names, null when it names none. Throws Fault INVALID_REQUEST for half a question. */
function registerOf(query: Query): RegisterRequest | null {
  const { resource, region = null, consent = null } = query;
  const given = [...ELEMENTS, "region" as const, "consent" as const].find((name) => query[name] !== undefined);
  if (resource === undefined) {
    if (given !== undefined) throw new Fault("INVALID_REQUEST", `query/${given}: only beside 'resource'`);
    return null;
  }
  const element = (name: (typeof ELEMENTS)[number]): string => {
    const text = query[name];
    if (text === undefined) throw new Fault("INVALID_REQUEST", `query/${name}: 'resource' needs it`);
    return text;
  };
  const [organisation, official, itemCode, itemName, caseNumber] = [
    element("organisation"),
    element("official"),
    element("itemCode"),
    element("itemName"),
    element("caseNumber"),
  ];
  return { resource, region, purpose: { organisation, official, itemCode, itemName, caseNumber, consent } };
}
