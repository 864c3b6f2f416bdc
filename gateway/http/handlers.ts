import type { FastifyReply, FastifyRequest } from "fastify";
import type { PolicyId } from "#certs/policy.ts";
import type { VerificationAnswer, VerificationRequest } from "#gateway/exchange/verification.ts";
import { Fault } from "#gateway/fault.ts";
import type { Readiness } from "#gateway/health.ts";
import type { Client, ExchangeRecord } from "#gateway/log/exchange-record.ts";
import { clientOf } from "./client.ts";
import type { Contract, Handlers, Schemas } from "./routes.ts";
import type { Intake } from "./document-body.ts";
import { sendFault, sendRefusal } from "./problem.ts";

/** What the routes do, each one function. */
export type Operations = {
  readonly verify: (request: VerificationRequest) => Promise<VerificationAnswer>;
  readonly recorded: (id: string, client: Client) => Promise<ExchangeRecord>;
  readonly readiness: () => Promise<Readiness>;
  readonly defaultPolicy: PolicyId;
};

type VerificationQuery = { readonly at?: string; readonly policy?: PolicyId };

export function handlersOf(operations: Operations, intake: Intake, contract: Contract): Handlers {
  return {
    async verifyDocument(request, reply) {
      const { at, policy = operations.defaultPolicy } = request.query as VerificationQuery;
      const asked = { client: clientOf(request), at: parseTime(at), policy, signal: goneSignal(reply) };
      const document = await intake.receive(request);
      try {
        return answerVerification(await operations.verify({ ...asked, document }), reply);
      } finally {
        document.release();
      }
    },
    async getExchange(request) {
      const { id } = request.params as { readonly id: string };
      const record: Schemas["Exchange"] = await operations.recorded(id, clientOf(request));
      return record;
    },
    async getLive(): Promise<{ status: "live" }> {
      return { status: "live" };
    },
    async getReady(_request, reply) {
      const readiness: Schemas["Readiness"] = await operations.readiness();
      return reply.code(readiness.status === "unavailable" ? 503 : 200).send(readiness);
    },
    async getContract() {
      return contract;
    },
  };
}

function answerVerification(answer: VerificationAnswer, reply: FastifyReply): FastifyReply {
  noteForLog(answer, reply.request);
  switch (answer.kind) {
    case "report":
      return reply.send(answer.report);
    case "refused":
      return sendRefusal(answer, reply);
    case "denied":
      return sendFault(new Fault("DENIED", answer.detail, { exchange: answer.exchange }), reply);
  }
}

function noteForLog(answer: VerificationAnswer, request: FastifyRequest): void {
  const exchange = answer.kind === "report" ? answer.report.id : answer.exchange;
  request.outcome = { exchange, result: answer.kind === "report" ? answer.report.verdict : answer.code };
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

/** Aborted when the connection ends before the answer has been sent. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once("close", () => {
    if (!raw.writableFinished) gone.abort(new Fault("INVALID_REQUEST", "the caller has gone"));
  });
  return gone.signal;
}
