import type { DemoAnswer } from "#certs/issue/demo.ts";
import type { Line, Tone } from "./cli/terminal.ts";
import type { DemoProfile } from "./demo.ts";

type Circumstances = {
  readonly version: string;
  /** As in http://127.0.0.1:8080. */
  readonly url: string;
  readonly demo: DemoProfile | null;
};

/** Two good licences and a spoilt one of each kind; the rest stands in the demo's README. */
const SHOWN: ReadonlySet<string> = new Set([
  "realestate-v4.ofd",
  "survey-v5.ofd",
  "bad-page-changed.ofd",
  "bad-seal-forged.ofd",
  "bad-signer-revoked.ofd",
  "bad-untrusted-root.ofd",
  "bad-duplicate-entry.ofd",
]);

const VERDICTS: { readonly [V in DemoAnswer["verdict"]]: { readonly zh: string; readonly tone: Tone } } = {
  PASSED: { zh: "通过", tone: "good" },
  FAILED: { zh: "不通过", tone: "bad" },
  INDETERMINATE: { zh: "无法确认", tone: "open" },
  REFUSED: { zh: "拒收", tone: "refused" },
};

const USUAL_DIRECTORY = "data/demo";

const line = (text: string): Line => [{ text }];
const EMPTY: Line = [];

/** What `serve` prints when it is ready: one screen. */
export function welcomeLines({ version, url, demo }: Circumstances): readonly Line[] {
  return [
    EMPTY,
    [{ text: "Tongyan 通验", tone: "strong" }, { text: ` ${version} is ready at ` }, { text: url, tone: "strong" }],
    line(`API page ${url}/docs, health ${url}/health/ready`),
    EMPTY,
    ...(demo === null ? [] : demoLines(demo, url)),
  ];
}

function demoLines({ directory, files }: DemoProfile, url: string): readonly Line[] {
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
    EMPTY,
    line("All of them at once, and one over HTTP:"),
    line(`  ${verify("*.ofd")}`),
    line(`  curl -s -H 'content-type: application/ofd' --data-binary @${document} ${url}/v1/verifications`),
    EMPTY,
  ];
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
