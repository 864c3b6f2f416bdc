import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, test } from "vitest";
import { rewrite } from "../../certs/issue/ofd.ts";
import { issueLeaf, makePki } from "../../certs/issue/pki.ts";
import { sealedEntries } from "../../certs/issue/sealed-licence.ts";
import { VALIDATION_POLICIES } from "../../certs/policy.ts";
import { verifyDocument } from "../../certs/verify.ts";
import type { MatchAnswer } from "../../connectors/source.ts";
import { DEPARTMENT, REAL_ESTATE, REGISTER } from "../../gateway/exchange/register-fixture.ts";
import {
  type AuthorizedMatch,
  askRegister,
  authorizeRegister,
  type MatchToMake,
} from "../../gateway/exchange/register.ts";
import { exchangeVerification, type VerificationServices } from "../../gateway/exchange/verification.ts";
import { Fault } from "../../gateway/fault.ts";
import type { ExchangeRecord } from "../../gateway/log/exchange-record.ts";
import { VERIFY_PLAN } from "../../policies/verify-plan.ts";
import { type Document, NOW, Scene, bytesOf } from "./scene.ts";

// Cases 57, 89, 90, 91, 130 and 131 of the hostile inputs, through the whole exchange: only the policies and the source are stood in for.
const scene = new Scene();
const { pki } = scene;

type Match = (question: MatchToMake) => Promise<AuthorizedMatch>;

const FOUND = {
  kind: "found",
  claims: { holderName: "match", holderCode: "match" },
  state: "现势",
  asOf: "2026-11-20T16:00:00Z",
  reference: "AH-20261121-1",
} as const satisfies MatchAnswer;

const answering =
  (answer: MatchAnswer): Match =>
  async () => ({ kind: "answered", answer, source: "anhui-register", region: "340000" });

function servicesOf(match: Match) {
  const records: ExchangeRecord[] = [];
  const asked: MatchToMake[] = [];
  const permit = { decisionId: "decision-0", policySetDigest: "sha256:0", reasons: [] };
  const duties = { quota: null, watermark: false, notify: [], secondApprover: false };
  const inquiry = {
    registry: { resource: (id: string) => (id === REAL_ESTATE.id ? REAL_ESTATE : null) },
    authorizeMatch: async () => ({ permitted: true, decision: permit, reasons: [] }),
    async match(question: MatchToMake) {
      asked.push(question);
      return await match(question);
    },
  };
  const services: VerificationServices = {
    access: "open",
    authorize: () => ({ effect: "permit", ...permit, plan: VERIFY_PLAN, fields: {}, duties }),
    verify: async ({ take, policy, at }) => ({
      kind: "report",
      report: verifyDocument(take() ?? new Uint8Array(), {
        ...scene.question({ at }),
        policy: VALIDATION_POLICIES[policy],
      }),
    }),
    isFull: () => false,
    authorizeRegister: async (question) => await authorizeRegister(question, inquiry),
    askRegister: async (question) => await askRegister(question, inquiry),
    log: { append: async ({ record }) => void records.push(record) },
    observe: () => {},
    clock: () => NOW,
    onTrouble: () => {},
  };
  return { services, records, asked };
}

async function verify(document: Document, match: Match) {
  const { services, records, asked } = servicesOf(match);
  const bytes = new Uint8Array(bytesOf(document));
  const answer = await exchangeVerification(
    {
      caller: DEPARTMENT,
      target: "POST /v1/verifications",
      calls: { signal: new AbortController().signal },
      receive: async () => ({ take: () => bytes, length: bytes.length, sha256: "ab".repeat(32), release: () => {} }),
      at: null,
      policy: "gb-t-38540",
      register: REGISTER,
    },
    services,
  );
  if (answer.kind !== "report") throw new Error(answer.kind);
  const { verdict, answers } = answer.report;
  const line = [verdict, answers.authority.code, answers.status.code, answers.binding.code].join(" ");
  return { line, report: answer.report, record: records[0], asked };
}

type Row = readonly [title: string, answer: string, document: () => Document, match: Match];

const good = (): Document => scene.sealed();
/** Anhui's name on it, sealed by Guangdong: good, and of a body that may not issue it. */
const ofGuangdong = (): Document => sealedEntries({ pki, authority: "guangdong", kind: "real-estate" });
const person = issueLeaf(pki, {
  subject: [
    ["C", "CN"],
    ["CN", "李四"],
  ],
});
const open = "REGISTER_UNANSWERED REGISTER_UNANSWERED";

const ROWS: readonly Row[] = [
  ["near: a good licence that the register knows", "PASSED OK OK OK", good, answering(FOUND)],
  [
    "57 a good seal of a body that may not issue this kind there",
    "FAILED ISSUER_NOT_ENTITLED REGISTER_NOT_ASKED REGISTER_NOT_ASKED",
    ofGuangdong,
    answering(FOUND),
  ],
  [
    "89 the register is down",
    `INDETERMINATE OK ${open}`,
    good,
    async () => ({ kind: "unanswered", code: "SOURCE_UNAVAILABLE" }),
  ],
  [
    "130 the register hangs",
    `INDETERMINATE OK ${open}`,
    good,
    async () => ({ kind: "unanswered", code: "SOURCE_TIMEOUT" }),
  ],
  [
    "the register is another one's",
    `INDETERMINATE OK ${open}`,
    good,
    async () => ({ kind: "unanswered", code: "SOURCE_WRONG_RECORD" }),
  ],
  ["no register for the region", `INDETERMINATE OK ${open}`, good, () => Promise.reject(new Fault("NO_SOURCE"))],
  [
    "131 an exception while it is asked",
    "INDETERMINATE ENTITLEMENT_UNKNOWN " + open,
    good,
    () => Promise.reject(new TypeError("planted")),
  ],
  [
    "89 data of years ago",
    "INDETERMINATE OK REGISTER_STALE REGISTER_STALE",
    good,
    answering({ ...FOUND, asOf: "2020-01-01T00:00:00Z" }),
  ],
  ["90 revoked, every signature good", "FAILED OK LICENCE_REVOKED OK", good, answering({ ...FOUND, state: "吊销" })],
  ["90 superseded", "FAILED OK LICENCE_SUPERSEDED OK", good, answering({ ...FOUND, state: "已换发" })],
  ["cancelled", "FAILED OK LICENCE_CANCELLED OK", good, answering({ ...FOUND, state: "注销" })],
  ["suspended", "INDETERMINATE OK LICENCE_SUSPENDED OK", good, answering({ ...FOUND, state: "暂停" })],
  ["a state nobody knows", "INDETERMINATE OK STATE_UNKNOWN OK", good, answering({ ...FOUND, state: "现势 " })],
  [
    "91 another holder's name",
    "FAILED OK OK HOLDER_MISMATCH",
    good,
    answering({ ...FOUND, claims: { holderName: "mismatch", holderCode: "match" } }),
  ],
  [
    "91 another holder's code",
    "FAILED OK OK HOLDER_MISMATCH",
    good,
    answering({ ...FOUND, claims: { holderName: "match", holderCode: "mismatch" } }),
  ],
  ["a register without holders", "INDETERMINATE OK OK HOLDER_NOT_COMPARED", good, answering({ ...FOUND, claims: {} })],
  [
    "near: a register without holders' codes",
    "PASSED OK OK OK",
    good,
    answering({ ...FOUND, claims: { holderName: "match", holderCode: "no-data" } }),
  ],
  [
    "a number that the register does not know",
    "INDETERMINATE OK LICENCE_NOT_FOUND LICENCE_NOT_FOUND",
    good,
    answering({ kind: "not-found", asOf: FOUND.asOf, reference: "AH-2" }),
  ],
  [
    "a private person's seal on a licence that the register knows",
    "INDETERMINATE AUTHORITY_UNMATCHED OK OK",
    () => scene.signedBy(person),
    answering(FOUND),
  ],
];

describe("a licence and its register", () => {
  it.each(ROWS)("%s → %s", async (_, line, document, match) => {
    expect((await verify(document(), match)).line).toBe(line);
  });
});

describe("what nothing proves is not asked about, and nothing is filled in", () => {
  const stranger = makePki(NOW, "别处电子认证中心");
  it.each<readonly [string, string, () => Document]>([
    [
      "a changed page",
      "FAILED",
      () => rewrite(scene.sealed(), "Doc_0/Pages/Page_0/Content.xml", (xml) => xml.replace("张三", "王五")),
    ],
    ["changed metadata", "FAILED", () => rewrite(scene.sealed(), "OFD.xml", (xml) => xml.replace("张三", "王五"))],
    [
      "the wrong body's seal",
      "FAILED",
      () => scene.sealed({ signer: pki.authorities.guangdong.signer, seal: pki.authorities.guangdong.seals.V4 }),
    ],
    ["a root that nobody trusts", "INDETERMINATE", () => sealedEntries({ pki: stranger })],
    [
      "metadata that the seal does not cover",
      "INDETERMINATE",
      () => scene.sealed({ cover: (path) => path !== "OFD.xml" }),
    ],
    ["a licence past its own end", "FAILED", () => scene.sealed({}, { validTo: NOW - 86_400_000 * 2 })],
  ])("%s", async (_, verdict, document) => {
    const { report, asked } = await verify(document(), answering(FOUND));
    expect(asked).toEqual([]);
    expect(report.verdict).toBe(verdict);
    expect(report.answers.binding.outcome).not.toBe("passed");
    expect(report.register).toMatchObject({ outcome: "not-asked", holder: null, state: null });
  });
});

test("no name and no number stands in the answer or the record, whatever the register says", async () => {
  for (const answer of [
    FOUND,
    { ...FOUND, reference: "张三-11010519491231002x", claims: { holderName: "mismatch" } },
  ] as const) {
    const { report, record, asked } = await verify(good(), answering(answer));
    expect(asked[0]?.claims).toEqual({ holderName: "张三", holderCode: "11010519491231002X" });
    expect(JSON.stringify([report, record])).not.toMatch(/张三|11010519491231002X/i);
  }
});

test("the report waits for the register: nothing is recorded before it answered", async () => {
  let asked = false;
  const slow: Match = async (question) => {
    await pause(20);
    asked = true;
    return await answering(FOUND)(question);
  };
  const { record } = await verify(good(), slow);
  expect(asked).toBe(true);
  expect(record).toMatchObject({ outcome: { result: "PASSED" }, source: { id: "anhui-register" } });
});
