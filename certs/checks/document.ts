import type { DocumentFacts } from "../facts.ts";
import { DATE_NAMES, licenceStatus } from "../licence/metadata.ts";
import { type Check, failed, passed, unsure } from "../reasons.ts";
import { checkIssuingAuthority } from "./authority.ts";
import type { DocumentChecks, SignatureChecks } from "./catalogue.ts";
import { shown } from "./content.ts";
import type { Evidence, Question } from "./evidence.ts";

export type SignatureResult = SignatureChecks & { readonly evidence: Evidence };

/** Checks of the document as a whole. `proven`: the licence's metadata is covered by a signature all of whose checks passed. */
export function checkDocument(
  facts: DocumentFacts,
  results: readonly SignatureResult[],
  question: Question,
  proven: boolean,
): DocumentChecks {
  return {
    signed: checkSigned(facts),
    encryption: facts.ofd.encrypted ? unsure("ENCRYPTED", "Encryptions.xml") : passed(),
    namespaces: checkNamespaces(facts),
    "signature-list": checkSignatureList(facts),
    entries: checkEntries(facts, question),
    "issuing-authority": checkIssuingAuthority(facts, results, proven),
    "licence-validity": proven ? checkLicenceDates(facts, question) : passed(),
  };
}

/** A date that stands there with two values is not one that is absent: which one a viewer shows is chance. */
function checkLicenceDates({ ofd, licence }: DocumentFacts, { at }: Question): Check {
  const status = licence === null ? passed() : licenceStatus(licence.dates, at);
  const twice = ofd.bodies[0]?.metadata.ambiguous.filter((name) => DATE_NAMES.includes(name)) ?? [];
  return status.outcome === "passed" && twice.length > 0 ? unsure("DATE_UNREADABLE", twice.join(", ")) : status;
}

/** Every document of the package must bear a signature: viewers show the first, tools often read the last. */
function checkSigned({ ofd }: DocumentFacts): Check {
  const bare = ofd.bodies.filter((body) => body.signatures.length === 0);
  if (ofd.bodies.length === 0 && ofd.encrypted) return unsure("ENCRYPTED", "the signatures cannot be read");
  if (ofd.bodies.length > 0 && bare.length === 0) return passed();
  if (bare.length === ofd.bodies.length) return failed("NOT_SIGNED", "no signature is listed");
  return unsure("COVERAGE_GAP", `document ${(bare[0]?.index ?? 0) + 1} of ${ofd.bodies.length} bears no signature`);
}

function checkNamespaces({ ofd }: DocumentFacts): Check {
  const [first] = ofd.foreign;
  return first === undefined ? passed() : failed("FOREIGN_NAMESPACE", shown(first));
}

function checkSignatureList({ ofd }: DocumentFacts): Check {
  const [first] = ofd.bodies.flatMap((body) => body.listProblems);
  return first === undefined ? passed() : failed("SIGNATURE_LIST", shown(first));
}

function checkEntries({ ofd, signatures }: DocumentFacts, { policy }: Question): Check {
  const [first, ...others] = signatures.map(({ coverage }) => coverage.unreferenced);
  const lists = others.map((list) => new Set(list));
  const stray = (first ?? []).filter((entry) => lists.every((list) => list.has(entry)));
  if (stray.length === 0) return passed(...ofd.remarks);
  const detail = `${shown(stray[0] ?? "")}${stray.length > 1 ? ` and ${stray.length - 1} more` : ""}`;
  if (policy.strayEntries === "unsure") return unsure("UNREFERENCED_ENTRY", detail);
  const double = doubleOf(ofd, stray);
  if (double !== undefined) return unsure("UNREFERENCED_ENTRY", shown(double));
  return passed(...ofd.remarks, { code: "UNREFERENCED_ENTRY", detail });
}

/** A stray entry with the file name of something shown: viewers that resolve paths otherwise than the standard would show it instead. */
function doubleOf({ bodies }: DocumentFacts["ofd"], stray: readonly string[]): string | undefined {
  const names = new Set(bodies.flatMap(({ reached }) => [...reached.keys()].map(fileName)));
  return stray.find((entry) => names.has(fileName(entry)));
}

const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1).toLowerCase();
