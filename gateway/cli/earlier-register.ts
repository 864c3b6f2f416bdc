import {
  ENTITLEMENTS,
  type HolderComparison,
  HOLDER_RESULTS,
  isMoment,
  NOT_ASKED_REASONS,
  REGISTER_STATES,
  type RegisterAnswer,
} from "#certs/register-answer.ts";
import { lacking, members, type Members, text, wordOf } from "./members.ts";

const UNHEARD = { source: null, asOf: null, reference: null, state: null, holder: null } as const;

/** The register's part of a report that anybody may have written; null where there is none. Throws CommandError. */
export function readRegisterAnswer(value: unknown): RegisterAnswer | null {
  if (value === undefined || value === null) return null;
  const answer = members(value, "register");
  const { resource, region } = answer;
  return {
    resource: text(resource, "register.resource"),
    region: region === null ? null : text(region, "register.region"),
    ...outcomeOf(answer),
  };
}

type Outcome = RegisterAnswer extends infer Each
  ? Each extends RegisterAnswer
    ? Omit<Each, "resource" | "region">
    : never
  : never;

function outcomeOf(answer: Members): Outcome {
  const issuer = answer["issuer"];
  const entitlement = () => wordOf(ENTITLEMENTS, issuer, "register.issuer");
  switch (answer["outcome"]) {
    case "not-asked": {
      const code = wordOf(NOT_ASKED_REASONS, answer["code"], "register.code");
      return { outcome: "not-asked", code, issuer: issuer === null ? null : entitlement(), ...UNHEARD };
    }
    case "unanswered":
      return { outcome: "unanswered", code: text(answer["code"], "register.code"), issuer: entitlement(), ...UNHEARD };
    case "not-found":
      return { outcome: "not-found", ...heardFrom(answer), issuer: entitlement(), state: null, holder: null };
    case "found": {
      const state = wordOf(REGISTER_STATES, answer["state"], "register.state");
      return {
        outcome: "found",
        ...heardFrom(answer),
        issuer: entitlement(),
        state,
        holder: holderOf(answer["holder"]),
      };
    }
    default:
      throw lacking("register.outcome");
  }
}

const heardFrom = (answer: Members) => ({
  code: null,
  source: text(answer["source"], "register.source"),
  asOf: momentOf(answer["asOf"]),
  reference: text(answer["reference"], "register.reference"),
});

function momentOf(value: unknown): string {
  const moment = text(value, "register.asOf");
  if (!isMoment(moment)) throw lacking("register.asOf");
  return moment;
}

function holderOf(value: unknown): HolderComparison {
  const { name, code } = members(value, "register.holder");
  return {
    name: wordOf(HOLDER_RESULTS, name, "register.holder.name"),
    code: wordOf(HOLDER_RESULTS, code, "register.holder.code"),
  };
}
