import { Fault } from "#gateway/fault.ts";
import { matchClaims, perform } from "./inquiry-asking.ts";
import { resourceOf } from "./inquiry-request.ts";
import { ruleOn, toNotify } from "./inquiry-ruling.ts";
import { type InquiryServices, notifyProvider, openMatch } from "./inquiry.ts";
import type { AuthorizedMatch, MatchToAuthorize, MatchToMake, RegisterRuling } from "./register.ts";

/** Whether a match of these fields would be permitted, whatever its keys and claims. Throws Fault RESOURCE_UNKNOWN. */
export async function authorizeMatch(question: MatchToAuthorize, services: InquiryServices): Promise<RegisterRuling> {
  const { caller, receivedAt, names, purpose, region } = question;
  const resource = resourceOf(question.resource, services.registry);
  const request = { caller, resource: resource.id, region: region ?? "", keys: {}, purpose, approval: null };
  return await ruleOn({ kind: "match", receivedAt, resource, names, request }, services);
}

/** A match within another exchange, which records it. Throws Fault for what cannot be asked about. */
export async function matchWithin(question: MatchToMake, services: InquiryServices): Promise<AuthorizedMatch> {
  const { exchange, receivedAt, ...asked } = question;
  const inquiry = { ...openMatch({ ...asked, approval: null }, services), id: exchange, receivedAt };
  const ruling = await ruleOn(inquiry, services);
  const performed = await perform(inquiry, ruling, services, () => matchClaims(inquiry, ruling, services));
  const { source, region } = inquiry.route;
  switch (performed.kind) {
    case "answered":
      if (performed.answer.kind === "found" && toNotify(inquiry, ruling.decision).length > 0)
        notifyProvider(inquiry, services);
      return { kind: "answered", answer: performed.answer, source: source.id, region };
    case "denied":
      return { kind: "denied", reasons: ruling.reasons };
    case "unanswered":
      return { kind: "unanswered", code: performed.code };
    case "turned":
      throw new Fault(performed.code);
    case "broken":
      throw performed.error;
  }
}
