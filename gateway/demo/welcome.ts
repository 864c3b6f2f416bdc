import { join } from "node:path";
import type { DemoAnswer } from "#certs/issue/demo.ts";
import type { Line, Tone } from "../cli/terminal.ts";
import type { DemoProfile } from "./demo-profile.ts";
import { type DemoRequest, REGISTER_QUERY } from "./requests.ts";

type Circumstances = {
  readonly version: string;
  /** As in http://127.0.0.1:8080. */
  readonly url: string;
  readonly demo: { readonly profile: DemoProfile; readonly requests: readonly DemoRequest[] } | null;
};

/** A good licence and two spoilt ones; the rest stands in the demo's README. */
const SHOWN: ReadonlySet<string> = new Set(["realestate-v4.ofd", "bad-page-changed.ofd", "bad-duplicate-entry.ofd"]);

const VERDICTS: { readonly [V in DemoAnswer["verdict"]]: { readonly zh: string; readonly tone: Tone } } = {
  PASSED: { zh: "通过", tone: "good" },
  FAILED: { zh: "不通过", tone: "bad" },
  INDETERMINATE: { zh: "无法确认", tone: "open" },
  REFUSED: { zh: "拒收", tone: "refused" },
};

const USUAL_DIRECTORY = "data/demo";
const USUAL_URL = "http://127.0.0.1:8080";

const line = (text: string): Line => [{ text }];
const EMPTY: Line = [];

/** What `serve` prints when it is ready: one screen. */
export function welcomeLines({ version, url, demo }: Circumstances): readonly Line[] {
  return [
    EMPTY,
    [{ text: "Tongyan 通验", tone: "strong" }, { text: ` ${version} is ready at ` }, { text: url, tone: "strong" }],
    line(`API page ${url}/docs, health ${url}/health/ready`),
    EMPTY,
    ...(demo === null
      ? []
      : [
          ...fileLines(demo.profile, url),
          ...requestLines(demo.profile, demo.requests, url),
          ...evidenceLines(demo.profile, url),
        ]),
  ];
}

function fileLines({ directory, files }: DemoProfile, url: string): readonly Line[] {
  const shown = files.filter((file) => SHOWN.has(file.name));
  const verify = verifyIn(directory);
  const document = quoted(`${directory}/${shown[0]?.name ?? ""}`);
  return [
    line(
      `Demo: throw-away trust and ${files.length} sample licences are in ${directory}; README.md there lists them all.`,
    ),
    line("Paste into another terminal, in this directory:"),
    EMPTY,
    ...shown.flatMap((file) => sampleLines(file, verify(file.name))),
    line("  all of them, and one over HTTP:"),
    line(`  ${verify("*.ofd")}`),
    line(`  curl -s -H 'content-type: application/ofd' --data-binary @${document} ${url}/v1/verifications`),
    EMPTY,
  ];
}

/** Who asks what, with what has to come of it. */
function requestLines({ directory }: DemoProfile, requests: readonly DemoRequest[], url: string): readonly Line[] {
  const token = tokenFrom(directory, url);
  const cancelled = quoted(`${directory}/register-cancelled.ofd`);
  return [
    line("Three regions are running: Anhui (a table), Guangdong (a JSON service), Shache (a Tongyan of its own):"),
    EMPTY,
    ...requests.flatMap(({ name, client, route, expected, en }) => [
      [{ text: "  " }, { text: expected, tone: toneOf(expected) }, { text: `  ${en}`, tone: "faint" }] as const,
      line(
        `  curl -s -H "Authorization: Bearer ${token(client)}" -H "content-type: application/json" --data-binary @${quoted(`${directory}/requests/${name}.json`)} ${url}${route}`,
      ),
    ]),
    [
      { text: "  " },
      { text: "FAILED 不通过 LICENCE_CANCELLED", tone: "bad" },
      { text: "  A genuine file, and its register is asked as well", tone: "faint" },
    ],
    line(`  curl -s -H "Authorization: Bearer ${token("anhui-window")}" -H 'content-type: application/ofd' \\`),
    line(`    --data-binary @${cancelled} '${url}/v1/verifications?${REGISTER_QUERY}'`),
    EMPTY,
  ];
}

/** A receipt that is checked offline, and the whole log. */
function evidenceLines({ directory }: DemoProfile, url: string): readonly Line[] {
  const bearer = `-H "Authorization: Bearer ${tokenFrom(directory, url)("anhui-window")}"`;
  const asked = quoted(`${directory}/requests/mortgage.json`);
  const log = quoted(join(directory, "..", "log"));
  const [answer, receipt, keys] = ["answer.json", "receipt.tlog-proof", "log.keys"].map((name) =>
    quoted(`${directory}/${name}`),
  );
  return [
    line("Every exchange leaves evidence:"),
    EMPTY,
    [
      { text: "  " },
      { text: "回执成立 THE RECEIPT HOLDS", tone: "good" },
      { text: "  One lookup's proof, checked offline against what was asked and answered", tone: "faint" },
    ],
    line(
      `  curl -s ${bearer} -H "content-type: application/json" --data-binary @${asked} ${url}/v1/lookups -o ${answer}`,
    ),
    line(
      `  curl -s ${bearer} ${url}$(grep -o '/v1/exchanges/[^"]*/receipt' ${answer}) -o ${receipt}; curl -s ${url}/log/keys -o ${keys}`,
    ),
    line(`  npm run -s tongyan -- receipt verify ${receipt} --key ${keys} --request ${asked} --answer ${answer}`),
    [
      { text: "  " },
      { text: "日志完整 ALL HOLDS", tone: "good" },
      { text: "  The whole log: every entry, tile, signature, and the index", tone: "faint" },
    ],
    line(`  npm run -s tongyan -- log verify ${log} --key ${keys}`),
    EMPTY,
  ];
}

const toneOf = (expected: string): Tone => (expected === "FOUND" || expected === "MATCHED" ? "good" : "bad");

function tokenFrom(directory: string, url: string): (client: string) => string {
  const keys = directory === USUAL_DIRECTORY ? "" : ` --keys ${quoted(`${directory}/clients`)}`;
  const at = url === USUAL_URL ? "" : ` --url ${url}`;
  return (client) => `$(npm run -s tongyan -- token ${client}${at}${keys})`;
}

function sampleLines({ verdict, reason, en }: DemoAnswer, command: string): readonly Line[] {
  const { zh, tone } = VERDICTS[verdict];
  const expected = { text: `${verdict} ${zh}${reason === null ? "" : ` ${reason}`}`, tone };
  return [[{ text: "  " }, expected, { text: `  ${en}`, tone: "faint" }], line(`  ${command}`)];
}

/** The other terminal knows nothing of this one's TONGYAN_DATA. */
function verifyIn(directory: string): (name: string) => string {
  const trust = directory === USUAL_DIRECTORY ? "" : ` --trust ${quoted(`${directory}/trust`)}`;
  return (name) => `npm run -s tongyan -- verify ${quoted(directory)}/${name}${trust}`;
}

/** For a POSIX shell. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
