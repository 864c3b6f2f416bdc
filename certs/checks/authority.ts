import type { DocumentFacts } from "../facts.ts";
import type { Licence } from "../licence/metadata.ts";
import { isWithinRegion, regionOfIssuer } from "../licence/region.ts";
import { type Check, failed, passed, unsure } from "../reasons.ts";
import type { Anchor } from "../trust/snapshot.ts";
import { shown } from "./content.ts";
import type { SignatureResult } from "./document.ts";

/**
 * A good seal of the wrong body (hostile-cases 57). An anchor may be trusted for some regions or licence types only. Every
 * code by which the metadata names the issuer, ZZBFJGDM and the issuer part of the identifier, must fit one of the bodies
 * whose certificates signed. Where nothing can be compared it is unsure: any certificate under a trusted anchor could have
 * signed, a private person's too.
 */
export function checkIssuingAuthority(
  facts: DocumentFacts,
  results: readonly SignatureResult[],
  proven: boolean,
): Check {
  const anchors = results.flatMap(({ evidence }) => evidence.signerPath?.anchor ?? []);
  const licence = proven ? facts.licence : null;
  if (licence === null)
    return anchors.some(({ regions, licenceTypes }) => regions !== null || licenceTypes !== null)
      ? unsure(
          "NOT_EVALUATED",
          "the anchor is trusted for some licences only, and what this one is has not been proven",
        )
      : passed(...(facts.licence === null ? [{ code: "NO_LICENCE_METADATA" } as const] : []));
  for (const anchor of anchors) {
    const outside = outsideOf(anchor, licence);
    if (outside !== null) return failed("AUTHORITY", `the anchor is not trusted for ${outside}`);
  }
  return matchBodies(issuersOf(licence), sealersOf(facts));
}

function matchBodies(issuers: readonly string[], sealers: readonly string[]): Check {
  const answers = issuers.map((issuer) => ({ issuer, fits: sealers.length === 0 ? null : fitsBody(issuer, sealers) }));
  const wrong = answers.find(({ fits }) => fits === false);
  if (wrong !== undefined)
    return failed("AUTHORITY", `issued by ${shown(wrong.issuer)}, sealed by ${sealers.join(", ")}`);
  if (answers.length === 0) return unsure("AUTHORITY_UNMATCHED", "the metadata names no issuing body by code");
  if (sealers.length === 0) return unsure("AUTHORITY_UNMATCHED", "no signer's certificate bears a credit code");
  const unknown = answers.find(({ fits }) => fits === null);
  return unknown === undefined
    ? passed()
    : unsure("AUTHORITY_UNMATCHED", `issuer code ${shown(unknown.issuer)} has no known form`);
}

const issuersOf = ({ licence, identifier }: Licence): readonly string[] => [
  ...new Set([licence.issuer.code, identifier?.issuerCode].flatMap((code) => code?.toUpperCase() ?? [])),
];

const sealersOf = ({ signatures }: DocumentFacts): readonly string[] => [
  ...new Set(
    signatures.flatMap(({ value }) =>
      "signer" in value ? (value.signer.certificate?.subject.organisationCode ?? []) : [],
    ),
  ),
];

/** Null when the code has no form that can be compared: 18 characters (GB 32100), 9 (GB 11714), or 6 digits (GB/T 2260: same province). */
function fitsBody(issuer: string, sealers: readonly string[]): boolean | null {
  const code = issuer.replaceAll("-", "");
  if (/^[0-9A-Z]{18}$/.test(code)) return sealers.includes(code);
  if (/^[0-9A-Z]{9}$/.test(code)) return sealers.some((sealer) => sealer.slice(8, 17) === code);
  if (/^\d{6}$/.test(code)) return sealers.some((sealer) => sealer.slice(2, 4) === code.slice(0, 2));
  return null;
}

function outsideOf({ regions, licenceTypes }: Anchor, { licence: { typeCode, issuer } }: Licence): string | null {
  if (licenceTypes !== null && (typeCode === null || !licenceTypes.includes(typeCode)))
    return `licence type ${shown(typeCode ?? "unknown")}`;
  const region = issuer.code === null ? null : regionOfIssuer(issuer.code);
  const within = (allowed: string): boolean => region !== null && isWithinRegion(region, allowed);
  return regions === null || regions.some(within) ? null : `region ${region ?? "unknown"}`;
}
