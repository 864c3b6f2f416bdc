import type { Provenance } from "#connectors/source.ts";
import type { InquiryRecord, RecordedField, RecordedSource } from "#gateway/log/exchange-record.ts";
import { clientOf, recordedDecision } from "./authorization.ts";
import { answeredTreatment } from "./inquiry-body.ts";
import type { Inquiry, Ruling } from "./inquiry-ruling.ts";

/** What came of an inquiry, as far as the record says it. */
export type Outcome = InquiryRecord["outcome"] & {
  readonly source: (Provenance & { readonly id: string }) | null;
  /** The field whose value came with a match; null when none did. */
  readonly state: string | null;
  /** Duties that were carried out, by name. */
  readonly duties: readonly string[];
};

/** The record of a match or a lookup: names, never values. */
export function recordOfInquiry(
  inquiry: Inquiry & { readonly id: string; readonly at: string },
  ruling: Ruling,
  outcome: Outcome,
): InquiryRecord {
  const { request, resource, names } = inquiry;
  const { permitted, reasons } = ruling;
  const { decisionId, policySetDigest } = ruling.decision;
  return {
    id: inquiry.id,
    receivedAt: inquiry.at,
    kind: inquiry.kind,
    client: clientOf(request.caller),
    request: {
      resource: resource.id,
      region: request.region,
      keys: Object.keys(request.keys),
      fields: names,
      purpose: request.purpose,
      approval: request.approval,
    },
    decision: recordedDecision({ effect: permitted ? "permit" : "deny", decisionId, policySetDigest, reasons }),
    outcome: { result: outcome.result, code: outcome.code },
    disclosed: leaves(outcome)
      ? [...names.map((name) => recordedField(name, inquiry, ruling)), ...stateOf(outcome)]
      : [],
    duties: outcome.duties,
    source: outcome.source === null ? null : recordedSource(outcome.source),
  };
}

/** Whether anything of a record leaves with this outcome. */
const leaves = ({ source, result }: Outcome): boolean => source !== null && result !== "NOT_FOUND";

const stateOf = ({ state }: Outcome): RecordedField[] =>
  state === null ? [] : [{ field: state, treatment: "give", code: null }];

function recordedField(field: string, { kind }: Inquiry, { decision }: Ruling): RecordedField {
  if (kind === "match") return { field, treatment: "match", code: null };
  const answered = answeredTreatment(decision.fields[field]);
  return { field, treatment: answered.treatment, code: "code" in answered ? answered.code : null };
}

const recordedSource = ({ id, asOf, reference, receipt }: Provenance & { readonly id: string }): RecordedSource => ({
  id,
  asOf,
  reference,
  receipt: receipt ?? null,
});
