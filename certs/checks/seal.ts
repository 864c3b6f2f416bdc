import { digest, digestOf } from "../crypto/algorithms.ts";
import type { SesValue, SignatureFacts } from "../facts.ts";
import type { Box } from "../ofd/box.ts";
import type { OfdPackage } from "../ofd/package.ts";
import { type Check, type Remark, failed, passed, unsure } from "../reasons.ts";
import type { Seal } from "../seals/ses.ts";
import { verifyTimeStamp } from "../seals/time-stamp.ts";
import { HOUR, iso } from "../seals/times.ts";
import { shown } from "./content.ts";
import type { Evidence } from "./evidence.ts";

/** Checks of the seal inside a seal signature (standards: seal procedure of GM/T 0031-2025 and GB/T 38540-2020). */

/** propertyInfo is the absolute path of the Signature.xml that was signed: elsewhere the signature is a transplant. */
export function checkScope({ listed }: SignatureFacts, { ses }: SesValue): Check {
  const named = ses.property.startsWith("/") ? ses.property : `/${ses.property}`;
  return named === listed.path
    ? passed()
    : failed("SCOPE_MISMATCH", `signed for ${shown(ses.property)}, found at ${shown(listed.path)}`);
}

/** Seal.esl and the picture shown must be those inside the signature, byte by byte. */
export function checkSealCopy({ listed }: SignatureFacts, seal: Seal, ofd: OfdPackage): Check {
  for (const [path, bytes] of [
    [listed.sealPath, seal.bytes],
    [listed.picturePath, seal.picture.content],
  ] as const) {
    if (path === null) continue;
    if (!ofd.entries.has(path)) return failed("SEAL_MISMATCH", `${shown(path)} is not in the package`);
    // The size first: an entry is inflated anew for each signature that names it.
    if (ofd.entries.get(path) !== bytes.length || Buffer.compare(ofd.read(path), bytes) !== 0)
      return failed("SEAL_MISMATCH", shown(path));
  }
  return passed();
}

/** In V4 and V5 the signer's certificate stands outside the signed bytes: this list is what binds it to the seal. */
export function checkSignerInSeal({ ses }: SesValue, seal: Seal): Check {
  const listed =
    seal.signers.kind === "certificates"
      ? seal.signers.list.some((bytes) => Buffer.compare(bytes, ses.certificate) === 0)
      : seal.signers.list.some(
          ({ type, value }) => Buffer.compare(value, digest(digestNamed(type), ses.certificate)) === 0,
        );
  return listed
    ? passed()
    : failed(
        "SIGNER_NOT_IN_SEAL",
        `the seal lists ${seal.signers.list.length} ${seal.signers.kind}, none is the signer's`,
      );
}

/** The type of a digest entry is the maker's own word; SM3 unless it names SHA-256. A shorter value never matches. */
const digestNamed = (type: string): "sm3" | "sha256" =>
  digestOf(type) === "sha256" || /^sha-?256$/i.test(type) ? "sha256" : "sm3";

/** GM/T 0031-2025 step 3: the time of making must be plausible. Real seals have validStart on either side of createDate. */
export function checkSealMade(seal: Seal, { question }: Evidence): Check {
  if (seal.createdAt > seal.validTo)
    return unsure("TIMESTAMP_ORDER", `the seal was made on ${iso(seal.createdAt)}, after its end`);
  if (seal.createdAt <= question.at) return passed();
  if (seal.createdAt <= question.at + 8 * HOUR) return passed({ code: "LENIENT_LOCAL_TIME", detail: "createDate" });
  return unsure("TIMESTAMP_ORDER", `the seal was made on ${iso(seal.createdAt)}, which lies ahead`);
}

export function checkSealValidity(seal: Seal, { usedAt, question }: Evidence): Check {
  const remarks: Remark[] = [];
  if (usedAt > seal.validTo) return failed("SEAL_EXPIRED", `used on ${iso(usedAt)}, ended on ${iso(seal.validTo)}`);
  if (usedAt < seal.validFrom - 8 * HOUR)
    return failed("SEAL_NOT_YET_VALID", `used on ${iso(usedAt)}, begins on ${iso(seal.validFrom)}`);
  if (usedAt < seal.validFrom) remarks.push({ code: "LENIENT_LOCAL_TIME", detail: "validStart" });
  if (question.at > seal.validTo) remarks.push({ code: "SEAL_ENDED_SINCE", detail: iso(seal.validTo) });
  return passed(...remarks);
}

/** The register of withdrawn seals (trust.json), and one number for two seals with other signers. */
export function checkSealStatus(seal: Seal, evidence: Evidence, others: readonly Seal[]): Check {
  const { usedAt, question, timeStamp } = evidence;
  const twin = others.find((other) => other.id === seal.id && !sameSigners(seal, other));
  if (twin !== undefined) return unsure("SEAL_DUPLICATE", `seal number ${shown(seal.id)}`);
  const withdrawn = question.trust.revokedSeals.find(({ id }) => id === seal.id);
  if (withdrawn === undefined) return passed();
  if (withdrawn.at === null || withdrawn.at <= usedAt) return failed("SEAL_REVOKED", `seal number ${shown(seal.id)}`);
  const since: Remark = { code: "REVOKED_SINCE", detail: `seal, ${iso(withdrawn.at)}` };
  if (timeStamp.provenAt !== null && timeStamp.provenAt < withdrawn.at) return passed(since);
  return question.policy.laterRevocation === "accept"
    ? passed(since)
    : unsure("REVOKED_NO_POE", `the seal was withdrawn on ${iso(withdrawn.at)}`);
}

const signersNames = new WeakMap<Seal, string>();

/** Worked out once a seal: 64 seals make 4000 pairs, and their lists may be long. */
function namesOfSigners(seal: Seal): string {
  const known = signersNames.get(seal);
  if (known !== undefined) return known;
  const { kind, list } = seal.signers;
  const digests = list.map((entry) =>
    Buffer.from(digest("sm3", "value" in entry ? entry.value : entry)).toString("hex"),
  );
  const names = `${kind} ${digests.toSorted().join()}`;
  signersNames.set(seal, names);
  return names;
}

const sameSigners = (a: Seal, b: Seal): boolean => namesOfSigners(a) === namesOfSigners(b);

/** No critical extension of seals or seal signatures is known; one real government seal carries one, so this is no proof of a defect. */
export function checkSealExtensions({ ses }: SesValue, seal: Seal): Check {
  const critical = [...seal.extensions, ...ses.extensions].find((extension) => extension.critical);
  return critical === undefined ? passed() : unsure("CRITICAL_EXTENSION", critical.oid);
}

/** V5: a time-stamp over the maker's signature value, not earlier than createDate. */
export function checkSealTimeStamp(seal: Seal, { question }: Evidence): Check {
  if (seal.timeStamp === null) return passed();
  const { check, provenAt } = verifyTimeStamp(seal.timeStamp, { stamped: seal.signature, ...question });
  if (check.outcome !== "passed" || provenAt === null) return check;
  return seal.createdAt <= provenAt + 8 * HOUR
    ? check
    : unsure("TIMESTAMP_ORDER", "the seal was made after its time-stamp");
}

/** The seal must be shown on a page of this document, at least partly inside the page, and not larger than it is. */
export function checkSealPlace({ listed, body, value }: SignatureFacts): Check {
  for (const { page, boundary } of listed.stamps) {
    const shownOn = body.pages.get(page);
    if (shownOn === undefined) return failed("SEAL_PLACE", `page ${shown(page)} is not in the document`);
    if (boundary === null || boundary.width <= 0 || boundary.height <= 0)
      return failed("SEAL_PLACE", "a seal without extent");
    if (shownOn.box === null) return unsure("NOT_EVALUATED", `the size of page ${shown(page)} is not stated clearly`);
    if (!meets(boundary, shownOn.box)) return failed("SEAL_PLACE", `outside page ${shown(page)}`);
    const seal = value.tag === "ses" ? value.seal : null;
    if (seal !== null && isLarger(boundary, seal))
      return unsure("SEAL_SIZE", `${sizeOf(boundary)} shown, ${sizeOf(seal.picture)} made`);
  }
  return passed();
}

/** A lawful seal stretched over the page can hide what stands there. A quarter more is left for rounding and rotation. */
const isLarger = ({ width, height }: Box, { picture }: Seal): boolean =>
  width > picture.width * 1.25 || height > picture.height * 1.25;

const sizeOf = ({ width, height }: { readonly width: number; readonly height: number }): string =>
  `${width} by ${height} mm`;

/** A stamp's Boundary is measured from the corner of the page's physical box. */
const meets = (stamp: Box, page: Box): boolean =>
  stamp.x < page.width && stamp.y < page.height && stamp.x + stamp.width > 0 && stamp.y + stamp.height > 0;
