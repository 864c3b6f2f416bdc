import { hash } from "node:crypto";
import type { SignatureFacts } from "../facts.ts";
import type { OfdPackage } from "../ofd/package.ts";
import { type Check, failed, passed, unsure } from "../reasons.ts";
import { ATTRIBUTE, attributeValue } from "../seals/signed-data.ts";

/** Checks of what a signature protects: kind, list of references, digests, coverage. */

/** GB/T 33190: Type=Seal (the default) carries an SES value, Type=Sign one of GB/T 35275. A mix is a way round the seal's checks. */
export function checkKind({ listed, value }: SignatureFacts): Check {
  if (listed.type !== "Seal" && listed.type !== "Sign")
    return failed("KIND_MISMATCH", `Type ${JSON.stringify(listed.type.slice(0, 20))}`);
  if (value.tag === "bare")
    return listed.type === "Sign" ? passed() : failed("KIND_MISMATCH", "Type Seal with a bare signature value");
  if (value.tag === "malformed") return unsure("NOT_EVALUATED", "the signature value cannot be read");
  if ((listed.type === "Seal") !== (value.tag === "ses"))
    return failed(
      "KIND_MISMATCH",
      value.tag === "ses"
        ? "Type Sign with a seal's signature value"
        : "Type Seal with a signature value that holds no seal",
    );
  if (listed.type === "Sign" && (listed.stamps.length > 0 || listed.sealPath !== null))
    return failed("KIND_MISMATCH", "Type Sign that shows a seal");
  return passed();
}

/** The list must protect something, each entry exactly one file of this package, no file twice. */
export function checkReferences({ listed }: SignatureFacts, ofd: OfdPackage): Check {
  if (listed.references.length === 0) return failed("NOTHING_SIGNED", `${listed.path}: References is empty`);
  const problem = listed.problems[0];
  if (problem !== undefined) return failed("REFERENCE_INVALID", problem);
  for (const { fileRef, path } of listed.references) {
    if (path === null) return failed("REFERENCE_INVALID", `${shown(fileRef)} is no place in this package`);
    if (!ofd.entries.has(path)) return failed("REFERENCE_INVALID", `${shown(path)} is not in the package`);
    if (path === listed.path || path === listed.signedValuePath)
      return failed("REFERENCE_INVALID", `${shown(path)} would protect itself`);
  }
  return passed(...listed.remarks);
}

/** SM3 by name or OID. `.401.2` is SM3 with a key and is not SM3; the schema's default is MD5. */
export function checkDigestMethod({ listed }: SignatureFacts): Check {
  const method = listed.checkMethod;
  if (method === "SM3" || method === "1.2.156.10197.1.401") return passed();
  return failed(
    "DIGEST_ALGORITHM",
    method === null ? "no CheckMethod, so MD5 by default" : `CheckMethod ${shown(method)}`,
  );
}

export function checkReferenceDigests({ listed }: SignatureFacts, ofd: OfdPackage): Check {
  for (const { path, checkValue } of listed.references) {
    if (path === null || !ofd.entries.has(path)) return unsure("NOT_EVALUATED", "a reference leads to no file");
    const wanted = canonicalBase64(checkValue);
    if (wanted?.length !== 32)
      return failed("HASH_MISMATCH", `${shown(path)}: CheckValue is not an SM3 digest in base64`);
    if (Buffer.compare(wanted, ofd.sm3(path)) !== 0) return failed("HASH_MISMATCH", shown(path));
  }
  return passed();
}

/** Signature.xml is bound by its digest: `dataHash` in SES, content or messageDigest in GB/T 35275. */
export function checkDocumentDigest({ listed, value }: SignatureFacts): Check {
  const actual = hash("sm3", listed.xml, "buffer");
  const matches = (found: Uint8Array | null | undefined): Check =>
    found !== null && found !== undefined && Buffer.compare(found, actual) === 0
      ? passed()
      : failed("HASH_MISMATCH", `${shown(listed.path)} was changed after signing`);
  if (value.tag === "ses") return matches(value.ses.documentDigest);
  if (value.tag !== "signed-data" || value.signerInfo === null)
    return unsure("NOT_EVALUATED", "the signature value cannot be read");
  if (value.signerInfo.attributes === null) return matches(value.signedData.content);
  const attribute = attributeValue(value.signerInfo, ATTRIBUTE.messageDigest);
  if (value.signedData.content !== null && Buffer.compare(value.signedData.content, actual) !== 0) return matches(null);
  return matches(attribute?.is(0x04) === true ? attribute.content : null);
}

export function checkCoverage({ coverage }: SignatureFacts): Check {
  const [overdrawn] = coverage.overdrawn;
  if (overdrawn !== undefined) return failed("SEAL_OVERDRAWN", shown(overdrawn));
  const [first, ...more] = coverage.uncovered;
  if (first === undefined) return passed();
  return unsure("COVERAGE_GAP", `${shown(first.entry)}${more.length === 0 ? "" : ` and ${more.length} more`}`);
}

/** Base64 that encodes back to the same text: no white space, no loose padding bits. Null otherwise. */
function canonicalBase64(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : null;
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A name out of the package, bounded; what JSON leaves unescaped but no terminal should get (C1 controls, writing direction) is escaped as well. */
export const shown = (name: string): string =>
  JSON.stringify(name.slice(0, 200))
    .slice(1, -1)
    .replace(UNSEEN, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`);
