import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DemoAnswer } from "#certs/issue/demo.ts";
import type { DemoProfile } from "./demo-profile.ts";
import { fillerRows, type Row } from "./records.ts";
import { ANHUI, SEARCH } from "./requests.ts";

/** What can be asked of the demo over and over, with the answer that it has to give. */
export type DemoLoad = "verify" | "lookup" | "match" | "mixed";

export type DemoLoadRequest = {
  readonly path: string;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly expect: {
    readonly status: number;
    readonly contains: readonly string[];
    readonly lacks: readonly string[];
  };
};

/** The client of the demo that no limit holds back. */
export const LOAD_CLIENT = "load-tester";

/** All distinct requests of a kind; `mixed`: five lookups, three matches, two verifications by turns. */
export function demoLoad(kind: DemoLoad, demo: DemoProfile): readonly DemoLoadRequest[] {
  switch (kind) {
    case "verify":
      return demo.files.map((file) => verificationOf(demo, file));
    case "lookup":
      return fillerRows().map(lookupOf);
    case "match":
      return fillerRows().map(matchOf);
    case "mixed":
      return mixed(demo);
  }
}

const BLEND = [
  "lookup",
  "verify",
  "match",
  "lookup",
  "match",
  "lookup",
  "verify",
  "lookup",
  "match",
  "lookup",
] as const;

function mixed(demo: DemoProfile): readonly DemoLoadRequest[] {
  const all = { lookup: demoLoad("lookup", demo), match: demoLoad("match", demo), verify: demoLoad("verify", demo) };
  const asked = { lookup: 0, match: 0, verify: 0 };
  const rounds = all.lookup.length / BLEND.filter((kind) => kind === "lookup").length;
  return Array.from({ length: rounds }, () => BLEND)
    .flat()
    .flatMap((kind) => {
      const request = all[kind][asked[kind] % all[kind].length];
      asked[kind] += 1;
      return request === undefined ? [] : [request];
    });
}

/** Genuine ones, spoilt ones, and ones that cannot be read. */
function verificationOf({ directory }: DemoProfile, { name, verdict, reason }: DemoAnswer): DemoLoadRequest {
  const isRefused = verdict === "REFUSED";
  return {
    path: "/v1/verifications",
    contentType: "application/ofd",
    body: readFileSync(join(directory, name)),
    expect: {
      status: isRefused ? 422 : 200,
      contains: [members({ verdict }), ...(reason === null ? [] : [JSON.stringify(reason)])],
      lacks: [],
    },
  };
}

const QUESTION = {
  resource: "real-estate-certificate",
  region: "340100",
  purpose: { ...ANHUI, ...SEARCH, caseNumber: "BJ-2026-0003" },
};
const JSON_TYPE = "application/json";

/** For a search the name comes masked and the place to the county; nothing else of the record may come along. */
function lookupOf(row: Row): DemoLoadRequest {
  const told = {
    certificateNumber: row["不动产权证号"] ?? "",
    holderName: masked(row["权利人"] ?? ""),
    location: "安徽省示例市示例区",
    area: String(Number(row["面积"])),
    rightType: row["权利类型"] ?? "",
    registeredOn: row["登记日期"] ?? "",
    state: "current",
  };
  const { certificateNumber } = told;
  return {
    path: "/v1/lookups",
    contentType: JSON_TYPE,
    body: JSON.stringify({ ...QUESTION, keys: { certificateNumber }, fields: Object.keys(told) }),
    expect: {
      status: 200,
      contains: [members({ outcome: "FOUND" }), members({ record: told })],
      lacks: ["权利人", "证件号", "坐落", "联系电话"].map((name) => row[name] ?? ""),
    },
  };
}

/** Of every fourth record another holder is claimed. */
function matchOf(row: Row, index: number): DemoLoadRequest {
  const holderName = row["权利人"] ?? "";
  const isRight = index % 4 !== 3;
  const claims = { holderName: isRight ? holderName : "王五", registeredOn: row["登记日期"] };
  return {
    path: "/v1/matches",
    contentType: JSON_TYPE,
    body: JSON.stringify({ ...QUESTION, keys: { certificateNumber: row["不动产权证号"] }, claims }),
    expect: {
      status: 200,
      contains: [
        members({ outcome: isRight ? "MATCHED" : "MISMATCHED" }),
        members({ claims: { holderName: isRight ? "match" : "mismatch", registeredOn: "match" } }),
      ],
      lacks: [holderName, row["证件号"] ?? ""],
    },
  };
}

const masked = (name: string): string => name.slice(0, 1) + "*".repeat(name.length - 1);

/** As JSON has it, without the braces. */
const members = (object: Readonly<Record<string, unknown>>): string => JSON.stringify(object).slice(1, -1);
