import type { RefusalCode } from "../refusal.ts";
import type { ReasonCode, Verdict } from "../report.ts";
import { rewrite, type Entries } from "./ofd.ts";
import { type Authority, DAY, type DemoPki, type TrustFiles, issueSigner, makePki, trustFiles } from "./pki.ts";
import { type SealRequest, digestsOf, makeSeal, sealDocument } from "./seal.ts";
import { licenceDocument, licenceMetadata, sealedEntries, sealedLicence } from "./sealed-licence.ts";
import { signDocument, type SignedDataForm } from "./signed-data.ts";
import { timeStamper } from "./time-stamp.ts";
import { writeZip, zipOf } from "./zip.ts";
import type { Issued } from "./certificate.ts";

/** What the right answer is: `reason` null when PASSED. `zh` and `en`: one line each on what the file is. */
export type DemoAnswer = {
  readonly name: string;
  readonly verdict: Verdict | "REFUSED";
  readonly reason: ReasonCode | RefusalCode | null;
  readonly zh: string;
  readonly en: string;
};
export type DemoFile = DemoAnswer & { readonly bytes: Uint8Array };
export type Demo = { readonly trust: TrustFiles; readonly files: readonly DemoFile[] };

/** `elsewhere` is a second PKI that nobody here trusts; `revoked` signs for Anhui and is on the CRL. */
type Scene = { readonly pki: DemoPki; readonly elsewhere: DemoPki; readonly revoked: Issued };
type Case = DemoAnswer & { readonly make: (scene: Scene) => Uint8Array };

/** Sample licences of three regions, genuine and spoilt, and the trust directory for them; verdicts hold at `now`. */
export function makeDemo(now: number): Demo {
  const pki = makePki(now);
  const revoked = issueSigner(pki, pki.authorities.anhui);
  const scene: Scene = { pki, elsewhere: makePki(now, "别处电子认证中心"), revoked };
  return {
    trust: trustFiles(pki, [{ certificate: revoked.certificate, at: now - 150 * DAY }]),
    files: [...GENUINE, ...SPOILT].map((entry) => fileOf(entry, scene)),
  };
}

const fileOf = ({ make, ...answer }: Case, scene: Scene): DemoFile => ({ ...answer, bytes: make(scene) });

const GENUINE: readonly Case[] = [
  {
    name: "realestate-v4.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "不动产权证书，GB/T 38540 印章",
    en: "Real-estate certificate with a GB/T 38540 seal",
    make: ({ pki }) => sealedLicence({ pki }),
  },
  {
    name: "mining-v1.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "采矿许可证，GM/T 0031-2014 印章",
    en: "Mining licence with a GM/T 0031-2014 seal",
    make: ({ pki }) => sealedLicence({ pki, authority: "guangdong", version: "V1", serial: 2 }),
  },
  {
    name: "survey-v5.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "测绘作业证，GM/T 0031-2025 印章，带时间戳",
    en: "Surveyor's card with a GM/T 0031-2025 seal and time-stamps",
    make: ({ pki }) =>
      sealedLicence({
        pki,
        authority: "shache",
        version: "V5",
        serial: 3,
        sealing: { timeStamp: timeStamper({ authority: pki.tsa, at: pki.now - 99 * DAY + 60_000 }) },
      }),
  },
  {
    name: "realestate-two-seals.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "不动产权证书，两个机构先后盖章",
    en: "Real-estate certificate sealed by two authorities, one after the other",
    make: twoSeals,
  },
  {
    name: "survey-gbt35275.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "测绘作业证，数字签名（GB/T 35275，带原文摘要）",
    en: "Surveyor's card with a digital signature (GB/T 35275, attached)",
    make: (scene) => signedCard(scene, "attached"),
  },
  {
    name: "survey-gbt35275-attributes.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "测绘作业证，数字签名（GB/T 35275，带签名属性）",
    en: "Surveyor's card with a digital signature (GB/T 35275 with signed attributes)",
    make: (scene) => signedCard(scene, "attributes"),
  },
  {
    name: "realestate-v4-certdigest.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "不动产权证书，印章以证书摘要列出签章人",
    en: "Real-estate certificate whose seal lists its signers by digest",
    make: ({ pki }) => withSeal(pki, { signers: digestsOf(pki.authorities.anhui.signer.certificate) }),
  },
  {
    name: "note-check-character.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "真实证照，但证照标识的校验位错误（提示）",
    en: "Genuine, but the identifier's check character is wrong (a remark)",
    make: ({ pki }) => sealedLicence({ pki, metadata: { ZZBS: wrongCheck(licenceMetadata({ pki })["ZZBS"] ?? "") } }),
  },
  {
    name: "note-unlisted-file.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "真实证照，文件包内夹带一个未被引用的文件（提示）",
    en: "Genuine, with an entry that nothing references and no signature covers (a remark)",
    make: ({ pki }) => zipOf(new Map([...sealedEntries({ pki }), ["Doc_0/Attachs/note.txt", Buffer.from("note\n")]])),
  },
  {
    name: "register-cancelled.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "文件真实，但登记簿中已注销：只有同时询问登记簿才能发现",
    en: "A genuine file whose licence the register has cancelled: only asking the register shows it",
    make: ({ pki }) => sealedLicence({ pki, serial: 9 }),
  },
  {
    name: "register-other-holder.ofd",
    verdict: "PASSED",
    reason: null,
    zh: "文件真实，但登记簿中已转移给他人：只有同时询问登记簿才能发现",
    en: "A genuine file whose licence the register has for somebody else: only asking the register shows it",
    make: ({ pki }) => sealedLicence({ pki, serial: 10 }),
  },
];

const SPOILT: readonly Case[] = [
  {
    name: "bad-page-changed.ofd",
    verdict: "FAILED",
    reason: "HASH_MISMATCH",
    zh: "盖章后改了页面上的持证主体",
    en: "The holder's name on the page was changed after sealing",
    make: ({ pki }) => changedHolder(pki, "Doc_0/Pages/Page_0/Content.xml"),
  },
  {
    name: "bad-metadata-changed.ofd",
    verdict: "FAILED",
    reason: "HASH_MISMATCH",
    zh: "盖章后改了元数据中的持证主体",
    en: "The holder's name in the metadata was changed after sealing",
    make: ({ pki }) => changedHolder(pki, "OFD.xml"),
  },
  {
    name: "bad-transplanted.ofd",
    verdict: "FAILED",
    reason: "HASH_MISMATCH",
    zh: "把另一证照的签章移植过来",
    en: "The seal signature of another licence was put in",
    make: ({ pki }) => transplanted(pki),
  },
  {
    name: "bad-seal-forged.ofd",
    verdict: "FAILED",
    reason: "SEAL_FORGED",
    zh: "印章名称在制章后被改动",
    en: "The seal's name was changed after its maker signed it",
    make: ({ pki }) => sealedLicence({ pki, sealing: { seal: forged(pki.authorities.anhui) } }),
  },
  {
    name: "bad-seal-expired.ofd",
    verdict: "FAILED",
    reason: "SEAL_EXPIRED",
    zh: "盖章时印章已过期",
    en: "Sealed after the seal's own validity",
    make: ({ pki }) => withSeal(pki, { validTo: pki.now - 120 * DAY }),
  },
  {
    name: "bad-signer-revoked.ofd",
    verdict: "FAILED",
    reason: "REVOKED",
    zh: "盖章前签章人证书已被吊销",
    en: "The signer's certificate had been revoked before sealing",
    make: ({ pki, revoked }) => signedBy(pki, revoked),
  },
  {
    name: "bad-signer-expired.ofd",
    verdict: "FAILED",
    reason: "CERTIFICATE_EXPIRED",
    zh: "盖章时签章人证书已过期",
    en: "Sealed after the signer's certificate had ended",
    make: ({ pki }) => signedBy(pki, issueSigner(pki, pki.authorities.anhui, { notAfter: pki.now - 120 * DAY })),
  },
  {
    name: "bad-encryption-certificate.ofd",
    verdict: "FAILED",
    reason: "KEY_USAGE",
    zh: "用加密证书盖章",
    en: "Sealed with an encryption certificate",
    make: ({ pki }) => signedBy(pki, issueSigner(pki, pki.authorities.anhui, { keyUsage: ENCRYPTION })),
  },
  {
    name: "bad-signer-not-in-seal.ofd",
    verdict: "FAILED",
    reason: "SIGNER_NOT_IN_SEAL",
    zh: "签章人不在印章的名单中",
    en: "Signed with a certificate that the seal does not list",
    make: ({ pki }) => sealedLicence({ pki, sealing: { signer: issueSigner(pki, pki.authorities.anhui) } }),
  },
  {
    name: "bad-wrong-authority.ofd",
    verdict: "FAILED",
    reason: "AUTHORITY",
    zh: "盖章机构不是证照写明的颁发机构",
    en: "Sealed by another body than the authority that the licence names",
    make: ({ pki }) => {
      const { signer, seals } = pki.authorities.guangdong;
      return sealedLicence({ pki, sealing: { signer, seal: seals.V4 } });
    },
  },
  {
    name: "bad-untrusted-root.ofd",
    verdict: "INDETERMINATE",
    reason: "NO_TRUST",
    zh: "证书不在受信任的范围内",
    en: "Everything fits, under a root that is not trusted here",
    make: ({ elsewhere }) => sealedLicence({ pki: elsewhere }),
  },
  {
    name: "bad-page-uncovered.ofd",
    verdict: "INDETERMINATE",
    reason: "COVERAGE_GAP",
    zh: "第二页没有被签章保护",
    en: "The second page is not protected by the signature",
    make: uncoveredPage,
  },
  {
    name: "bad-seal-overdrawn.ofd",
    verdict: "FAILED",
    reason: "SEAL_OVERDRAWN",
    zh: "盖章后加入的注释遮住了印章",
    en: "An annotation that no signature covers is drawn over the seal",
    make: overdrawn,
  },
  {
    name: "bad-no-references.ofd",
    verdict: "FAILED",
    reason: "NOTHING_SIGNED",
    zh: "受保护文件清单为空",
    en: "The list of protected files is empty",
    make: ({ pki }) => sealedLicence({ pki, sealing: { cover: () => false } }),
  },
  {
    name: "bad-not-signed.ofd",
    verdict: "FAILED",
    reason: "NOT_SIGNED",
    zh: "没有任何签章",
    en: "No signature at all",
    make: ({ pki }) => zipOf(licenceDocument({ pki })),
  },
  {
    name: "bad-licence-expired.ofd",
    verdict: "FAILED",
    reason: "LICENCE_EXPIRED",
    zh: "真实证照，但已超过有效期",
    en: "Genuine, but past its end date",
    make: ({ pki }) =>
      sealedLicence({
        pki,
        authority: "shache",
        validFrom: pki.now - 300 * DAY,
        validTo: pki.now - 10 * DAY,
        sealing: { signedAt: pki.now - 299 * DAY },
      }),
  },
  {
    name: "bad-duplicate-entry.ofd",
    verdict: "REFUSED",
    reason: "ZIP_DUPLICATE",
    zh: "文件包内有两个同名条目",
    en: "Two entries of one name with different content",
    make: duplicateEntry,
  },
  {
    name: "bad-doctype.ofd",
    verdict: "REFUSED",
    reason: "XML_HOSTILE",
    zh: "OFD.xml 中有 DOCTYPE 和实体",
    en: "DOCTYPE with an entity in OFD.xml",
    make: ({ pki }) =>
      zipOf(
        rewrite(sealedEntries({ pki }), "OFD.xml", (xml) => xml.replace("?>\n", '?><!DOCTYPE x [<!ENTITY e "x">]>\n')),
      ),
  },
  {
    name: "bad-truncated.ofd",
    verdict: "REFUSED",
    reason: "ZIP_MALFORMED",
    zh: "文件后三分之一缺失",
    en: "The last third of the file is missing",
    make: ({ pki }) => {
      const whole = sealedLicence({ pki });
      return whole.subarray(0, Math.floor((whole.length * 2) / 3));
    },
  },
];

const ENCRYPTION = [2, 3, 4]; // keyEncipherment, dataEncipherment, keyAgreement

/** The Anhui licence under a seal made for it alone. */
function withSeal(pki: DemoPki, change: Partial<SealRequest>, signer = pki.authorities.anhui.signer): Uint8Array {
  const authority = pki.authorities.anhui;
  const seal = makeSeal({
    version: "V4",
    id: `${authority.region}00000009`,
    name: authority.sealName,
    maker: pki.maker,
    signers: { certificates: [signer.certificate] },
    validFrom: pki.now - 365 * DAY,
    validTo: pki.now + 4 * 365 * DAY,
    ...change,
  });
  return sealedLicence({ pki, sealing: { seal, signer } });
}

const signedBy = (pki: DemoPki, signer: Issued): Uint8Array => withSeal(pki, {}, signer);

function twoSeals({ pki }: Scene): Uint8Array {
  const first = sealedEntries({ pki, sealing: { lockSignatures: false } });
  const { signer, seals } = pki.authorities.guangdong;
  const stamp = { page: 0, box: [120, 160, 40, 40] } as const;
  return zipOf(sealDocument(first, { seal: seals.V4, signer, signedAt: pki.now - 98 * DAY, stamp }));
}

function signedCard({ pki }: Scene, form: SignedDataForm): Uint8Array {
  const document = licenceDocument({ pki, authority: "shache", serial: 4 });
  const signers = [pki.authorities.shache.signer];
  return zipOf(signDocument(document, { signers, form, signedAt: pki.now - 99 * DAY }));
}

const changedHolder = (pki: DemoPki, path: string): Uint8Array =>
  zipOf(rewrite(sealedEntries({ pki }), path, (xml) => xml.replace("张三", "王五")));

const inSigns = ([path]: readonly [string, Uint8Array]): boolean => path.startsWith("Doc_0/Signs/");

/** The document of one licence with the Signs folder of another. */
function transplanted(pki: DemoPki): Uint8Array {
  const host = [...sealedEntries({ pki, serial: 5 })].filter((entry) => !inSigns(entry));
  return zipOf(new Map([...host, ...[...sealedEntries({ pki })].filter(inSigns)]));
}

/** One character of the seal's name replaced by another of the same length. */
function forged({ seals }: Authority): Uint8Array {
  const seal = Buffer.from(seals.V4);
  seal.write("伪", seal.indexOf("示例市"), "utf8");
  return seal;
}

function uncoveredPage({ pki }: Scene): Uint8Array {
  const second = "Doc_0/Pages/Page_1/Content.xml";
  const morePages = [["附记", "本页未受签章保护"]];
  return sealedLicence({ pki, morePages, sealing: { cover: (path) => path !== second } });
}

function overdrawn({ pki }: Scene): Uint8Array {
  const annotations = [{ page: 0, box: [125, 110, 30, 20], text: "作废" }] as const;
  return sealedLicence({ pki, content: { annotations }, sealing: { cover: (path) => !path.includes("Annot") } });
}

function duplicateEntry({ pki }: Scene): Uint8Array {
  const entries: Entries = sealedEntries({ pki });
  const page = "Doc_0/Pages/Page_0/Content.xml";
  const other = rewrite(entries, page, (xml) => xml.replace("张三", "王五")).get(page) ?? Buffer.alloc(0);
  return writeZip([...[...entries].map(([name, bytes]) => ({ name, bytes })), { name: page, bytes: other }]);
}

const wrongCheck = (identifier: string): string => identifier.slice(0, -1) + (identifier.endsWith("0") ? "1" : "0");
