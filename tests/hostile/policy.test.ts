import { describe, expect, it } from "vitest";
import { issueCrl } from "../../certs/issue/crl.ts";
import type { Entries } from "../../certs/issue/ofd.ts";
import { DAY, issueSigner, trustFiles } from "../../certs/issue/pki.ts";
import type { SealingRequest } from "../../certs/issue/seal.ts";
import { timeStamper } from "../../certs/issue/time-stamp.ts";
import { type Asked, NOW, SIGNED, Scene, put } from "./scene.ts";

// What the policy and the time of asking change, and what they do not.
const scene = new Scene();
const { pki } = scene;
const { anhui } = pki.authorities;
const strict: Asked = { policy: "strict" };
const SUPERSEDED = 4;

const stamp = (at: number): Partial<SealingRequest> => ({ timeStamp: timeStamper({ authority: pki.tsa, at }) });
const stamped = (at = SIGNED + 60_000): Entries => scene.sealed(stamp(at));
const plain = (): Entries => scene.sealed();

describe("strict: the signing time must be proven", () => {
  const claimed = "INDETERMINATE NO_POE NO_POE";
  const unproven = "INDETERMINATE REVOKED_NO_POE REVOKED_NO_POE";
  const later = "INDETERMINATE TRY_LATER TRY_LATER";
  const revoked: Asked = {
    trust: trustFiles(pki, [{ certificate: anhui.signer.certificate, at: SIGNED + DAY, reason: SUPERSEDED }]),
  };
  const rootless: Asked = { trust: scene.trust({ "root.crl": null }) };
  const note = (entries: Entries): Entries => put(entries, { "note.txt": "x" });
  const ending = issueSigner(pki, anhui, { notAfter: SIGNED + 10 * DAY });
  /** A CRL from before that certificate's end that is still current: later ones need no longer list it. */
  const inItsLife: Asked = {
    trust: scene.trust({
      "issuing.crl": issueCrl({
        issuer: pki.issuing,
        thisUpdate: SIGNED + 5 * DAY,
        nextUpdate: NOW + DAY,
        revoked: [],
      }),
    }),
  };
  const ended = (at: number): Entries => scene.signedBy(ending, stamp(at));
  const sealEnded = (at: number): Entries => scene.withSeal({ validTo: SIGNED + 10 * DAY }, stamp(at));
  const withdrawn: Asked = {
    trust: scene.trustSettings({
      revokedSeals: [{ id: `${anhui.region}00000009`, at: new Date(SIGNED + DAY).toISOString() }],
    }),
  };
  scene.expectAnswers([
    ["no time-stamp, national procedure", "PASSED", plain],
    ["no time-stamp, strict", claimed, plain, strict],
    ["a good time-stamp, national procedure", "PASSED", () => stamped()],
    ["a good time-stamp, strict", "PASSED", () => stamped(), strict],
    ["a digital signature has no place for one, strict", claimed, () => scene.card(), strict],
    [
      "a time-stamp on the seal alone proves nothing of the signature, strict",
      claimed,
      () => scene.sealed({ seal: anhui.seals.V5 }),
      strict,
    ],
    [
      "a token inside V1's timeInfo came before the signature, strict",
      claimed,
      () => scene.sealed({ seal: anhui.seals.V1, timeInfo: timeStamper({ authority: pki.tsa, at: SIGNED }) }),
      strict,
    ],
    ["revoked since, national procedure", "PASSED REVOKED_SINCE", plain, revoked],
    ["revoked since, strict", unproven, plain, { ...revoked, ...strict }],
    ["86 revoked since, stamped before, strict", "PASSED REVOKED_SINCE", () => stamped(), { ...revoked, ...strict }],
    ["86 revoked since, stamped after, strict", unproven, () => stamped(SIGNED + 2 * DAY), { ...revoked, ...strict }],
    ["58 the seal was withdrawn since, strict", unproven, () => scene.withSeal({}), { ...withdrawn, ...strict }],
    [
      "58 withdrawn since, stamped before, strict",
      "PASSED REVOKED_SINCE",
      () => scene.withSeal({}, stamp(SIGNED + 60_000)),
      { ...withdrawn, ...strict },
    ],
    [
      "the certificate has ended since, national procedure",
      "PASSED CERTIFICATE_ENDED_SINCE TIME_CLAIMED",
      () => scene.signedBy(ending),
      inItsLife,
    ],
    [
      "its CRLs are younger than its end, national procedure",
      "PASSED CERTIFICATE_ENDED_SINCE STATUS_AFTER_END TIME_CLAIMED",
      () => scene.signedBy(ending),
    ],
    ["its CRLs are younger than its end, strict", later, () => ended(SIGNED + 9 * DAY), strict],
    [
      "the certificate has ended since, stamped before its end, strict",
      "PASSED CERTIFICATE_ENDED_SINCE",
      () => ended(SIGNED + 9 * DAY),
      { ...inItsLife, ...strict },
    ],
    [
      "stamped after its end, strict: the claim may be backdated",
      claimed,
      () => ended(SIGNED + 11 * DAY),
      { ...inItsLife, ...strict },
    ],
    [
      "stamped after its end, national procedure",
      "PASSED CERTIFICATE_ENDED_SINCE TIME_CLAIMED",
      () => ended(SIGNED + 11 * DAY),
      inItsLife,
    ],
    [
      "the seal has ended since, stamped before its end, strict",
      "PASSED SEAL_ENDED_SINCE",
      () => sealEnded(SIGNED + 9 * DAY),
      strict,
    ],
    ["the seal had ended when it was stamped, strict", claimed, () => sealEnded(SIGNED + 11 * DAY), strict],
    ["no CRL for the authority, national procedure", "PASSED CA_STATUS_UNKNOWN", plain, rootless],
    ["no CRL for the authority, strict", later, () => stamped(), { ...rootless, ...strict }],
    ["20 a stray entry, strict", "INDETERMINATE UNREFERENCED_ENTRY", () => note(stamped()), strict],
  ]);

  it("no policy makes a FAILED document anything else", () => {
    const changed = put(stamped(), { "Doc_0/Pages/Page_0/Content.xml": "<x/>" });
    expect([scene.answer(changed), scene.answer(changed, strict)].map((line) => line.split(" ")[0])).toEqual([
      "FAILED",
      "FAILED",
    ]);
  });

  it("the report names the policy by id and digest", () => {
    const [gb, own] = [scene.report(plain()).trust, scene.report(plain(), strict).trust];
    expect([gb.policy, own.policy]).toEqual(["gb-t-38540", "strict"]);
    expect(gb.policyDigest).not.toBe(own.policyDigest);
  });
});

describe("at: the time for which is asked", () => {
  const times = { thisUpdate: NOW - 300 * DAY, nextUpdate: NOW + 3000 * DAY, revoked: [] };
  /** CRLs that are current all along. */
  const trust = scene.trust({
    "root.crl": issueCrl({ issuer: pki.root, ...times }),
    "issuing.crl": issueCrl({ issuer: pki.issuing, ...times }),
  });
  const at = (time: number): Asked => ({ at: time, trust });
  const survey = (): Entries =>
    scene.sealed(
      { signer: pki.authorities.shache.signer, seal: pki.authorities.shache.seals.V4 },
      { authority: "shache", validTo: NOW + 100 * DAY },
    );
  const coming = (): Entries => scene.sealed({}, { validFrom: NOW + 10 * DAY });
  scene.expectAnswers([
    ["now", "PASSED", survey, at(NOW)],
    ["an hour after it was signed", "PASSED", survey, at(SIGNED + 3_600_000)],
    ["a day before it was signed", "INDETERMINATE TIMESTAMP_ORDER TIMESTAMP_ORDER_FAILURE", survey, at(SIGNED - DAY)],
    ["the licence has ended", "FAILED LICENCE_EXPIRED", survey, at(NOW + 102 * DAY)],
    ["the licence has not begun", "FAILED LICENCE_NOT_YET_VALID", coming, at(NOW)],
    ["the licence has begun", "PASSED", coming, at(NOW + 11 * DAY)],
    [
      "seal and certificate have ended",
      "PASSED CERTIFICATE_ENDED_SINCE SEAL_ENDED_SINCE TIME_CLAIMED",
      plain,
      at(NOW + 5 * 365 * DAY),
    ],
    ["the CRLs have ended", "INDETERMINATE TRY_LATER TRY_LATER", plain, { at: NOW + 2 * 365 * DAY }],
    ["the CRLs are of a later time", "INDETERMINATE TRY_LATER TRY_LATER", plain, { at: NOW - 2 * DAY }],
    [
      "beyond 2030 SM2 still stands",
      "PASSED CERTIFICATE_ENDED_SINCE SEAL_ENDED_SINCE TIME_CLAIMED",
      plain,
      at(Date.UTC(2031, 5)),
    ],
  ]);

  it("the same question gives the same report, whatever was asked between", () => {
    const document = survey();
    const first = scene.report(document, at(NOW));
    scene.report(document, at(NOW + 102 * DAY));
    scene.report(document, strict);
    expect(scene.report(document, at(NOW))).toEqual(first);
  });

  it("129 a revocation between two questions changes the answer: nothing of it is remembered", () => {
    const document = survey();
    const revoked = trustFiles(pki, [{ certificate: pki.authorities.shache.signer.certificate, at: SIGNED - DAY }]);
    expect(scene.answer(document)).toBe("PASSED");
    expect(scene.answer(document, { trust: revoked })).toBe("FAILED REVOKED REVOKED");
    expect(scene.answer(document)).toBe("PASSED");
  });
});
