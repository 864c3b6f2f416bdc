import { basename, join } from "node:path";
import { type DemoLoad, LOAD_CLIENT } from "#gateway/demo/load-requests.ts";
import { parseOptions, UsageError } from "./options.ts";
import { parseIdentifier, parseUrl } from "./gateway-access.ts";
import type { Environment } from "./local-trust.ts";

/** `bearer`: who asks. `client` renews its token as it ends; a `token` that was given cannot be renewed. */
export type BenchArguments = {
  /** As in http://127.0.0.1:8080. */
  readonly origin: string;
  readonly asked: { readonly kind: "demo"; readonly load: DemoLoad } | { readonly kind: "file"; readonly file: string };
  readonly bearer:
    | { readonly kind: "client"; readonly client: string; readonly keyFile: string }
    | { readonly kind: "token"; readonly token: string }
    | { readonly kind: "nobody" };
  /** Requests a second; null: a closed loop. */
  readonly perSecond: number | null;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly patienceSeconds: number;
  readonly out: string | null;
  readonly compare: readonly string[];
  readonly form: "table" | "json";
  readonly dataDirectory: string;
};

/** The name of what is asked. */
export const scenarioOf = ({ asked }: BenchArguments): string =>
  asked.kind === "demo" ? asked.load : basename(asked.file);

/** As it stands in the result: what matters for the figures, and no token. */
export const benchCommandLine = (asked: BenchArguments): readonly string[] => [
  "tongyan bench",
  ...(asked.asked.kind === "demo" ? [`--scenario ${asked.asked.load}`] : [`--requests ${basename(asked.asked.file)}`]),
  `--url ${asked.origin}`,
  `--connections ${asked.connections}`,
  `--duration ${asked.seconds}`,
  ...(asked.perSecond === null ? [] : [`--rate ${asked.perSecond}`]),
];

export const BENCH_HELP = `tongyan bench --scenario SCENARIO [--url URL] [--rate N] [--duration S] [--connections N] …
tongyan bench --requests FILE [--client CLIENT --key FILE | --token TOKEN] [--url URL] …

压力测试。Asks a running gateway for a while, checks every answer, and says how many came and how long they took.

What is asked
  --scenario SCENARIO
               of the demo (npm start), whose answers are known: verify (its licences, good and spoilt), lookup, match,
               or mixed (five lookups, three matches, two verifications by turns)
  --requests FILE
               of a gateway of your own: a request a line (NDJSON), asked by turns:
               {"path":"/v1/lookups","body":{…},"expect":{"status":200,"contains":["\\"outcome\\":\\"FOUND\\""],"lacks":[]}}
               method (GET, or POST where there is a body), body (JSON or text) or bodyFile (beside FILE), contentType;
               expect: status, contains, lacks (texts), members ({"/verdict":"PASSED"}); default: status 200

Whom, and who asks
  --url URL    of the gateway; default http://127.0.0.1:8080
  --client CLIENT, --key FILE
               gets access tokens with the client's private key (JWK) and renews them; with --scenario by default the
               demo's ${LOAD_CLIENT}, whose key is in data/demo/clients (in $TONGYAN_DATA)
  --token TOKEN
               an access token; it is not renewed

How
  --rate N     so many requests a second, whatever the answers do: for latency. Times count from when a request was due.
               without: each connection asks anew when it was answered: for throughput
  --connections N
               default 64
  --duration S seconds that are counted; default 10
  --warm-up S  seconds before that; default 2
  --patience S after which an answer counts as not given; default 30

What comes of it
  --out DIR    writes the result as JSON and as a page (HTML) with plots
  --compare FILE
               an earlier result (JSON) to stand beside it; may be given several times
  --json       the result as JSON in place of the table
  --help       this text

Only right answers count. 429 is none: it says that the client's limit of requests is reached.
Exit status: 0 all answers were right, 1 some were wrong, refused or missing, 64 wrong usage, 65 a file cannot be used,
66 a file cannot be read, 69 the gateway does not answer, 76 what answers is no gateway, 77 the gateway gives no token.
`;

const OPTIONS = {
  url: { type: "string" },
  scenario: { type: "string" },
  requests: { type: "string" },
  client: { type: "string" },
  key: { type: "string" },
  token: { type: "string" },
  rate: { type: "string" },
  connections: { type: "string" },
  duration: { type: "string" },
  "warm-up": { type: "string" },
  patience: { type: "string" },
  out: { type: "string" },
  compare: { type: "string", multiple: true },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

function parse(argv: readonly string[]) {
  const { values, positionals } = parseOptions(argv, OPTIONS);
  const [word] = positionals;
  if (word !== undefined) throw new UsageError(`${word}: not expected here`);
  return values;
}

type Given = ReturnType<typeof parse>;

const DAY = 86_400;
const MOST_CONNECTIONS = 20_000;
const MOST_PER_SECOND = 1_000_000;

/** Reads the words after `tongyan bench`. Throws UsageError. */
export function parseBenchArguments(argv: readonly string[], env: Environment): BenchArguments | "help" {
  const given = parse(argv);
  if (given.help === true) return "help";
  const dataDirectory = env["TONGYAN_DATA"] ?? "data";
  const asked = parseAsked(given);
  return {
    origin: parseOrigin(given.url ?? "http://127.0.0.1:8080"),
    asked,
    bearer: parseBearer(given, asked, dataDirectory),
    perSecond: given.rate === undefined ? null : parseNumber("--rate", given.rate, { above: 0, most: MOST_PER_SECOND }),
    seconds: parseNumber("--duration", given.duration ?? "10", { above: 0, most: DAY }),
    warmUpSeconds: parseNumber("--warm-up", given["warm-up"] ?? "2", { above: -1, most: DAY }),
    connections: parseConnections(given.connections ?? "64"),
    patienceSeconds: parseNumber("--patience", given.patience ?? "30", { above: 0, most: DAY }),
    out: given.out ?? null,
    compare: given.compare ?? [],
    form: given.json === true ? "json" : "table",
    dataDirectory,
  };
}

const LOADS = ["verify", "lookup", "match", "mixed"] as const satisfies readonly DemoLoad[];

function parseAsked({ scenario, requests }: Given): BenchArguments["asked"] {
  if ((scenario === undefined) === (requests === undefined))
    throw new UsageError("say what to ask: --scenario, or --requests FILE");
  if (requests !== undefined) return { kind: "file", file: requests };
  const load = LOADS.find((load) => load === scenario);
  if (load === undefined) throw new UsageError(`--scenario ${scenario}: there are ${LOADS.join(", ")}`);
  return { kind: "demo", load };
}

function parseOrigin(text: string): string {
  const { origin, username, password, pathname, search } = new URL(parseUrl(text));
  if (username !== "" || password !== "") throw new UsageError("no credentials in --url");
  if (pathname !== "/" || search !== "") throw new UsageError(`--url ${text}: of the gateway alone, as in ${origin}`);
  return origin;
}

function parseBearer({ client, key, token }: Given, asked: BenchArguments["asked"], dataDirectory: string) {
  if (token !== undefined) {
    if (client !== undefined || key !== undefined) throw new UsageError("--token, or --client and --key");
    if (!/^[\w.~+/-]+=*$/.test(token)) throw new UsageError("--token is no access token");
    return { kind: "token", token } as const;
  }
  if (client === undefined && key !== undefined) throw new UsageError("--key is of which --client?");
  if (client === undefined && asked.kind === "file") return { kind: "nobody" } as const;
  const id = parseIdentifier(client ?? LOAD_CLIENT, "client");
  return { kind: "client", client: id, keyFile: key ?? join(dataDirectory, "demo", "clients", `${id}.jwk`) } as const;
}

type Bounds = { readonly above: number; readonly most: number };

function parseNumber(name: string, text: string, { above, most }: Bounds): number {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value > above && value <= most) return value;
  throw new UsageError(`${name} ${text}: a number ${above < 0 ? "from 0" : "over 0"} to ${most}`);
}

function parseConnections(text: string): number {
  const value = parseNumber("--connections", text, { above: 0, most: MOST_CONNECTIONS });
  if (Number.isInteger(value)) return value;
  throw new UsageError(`--connections ${text}: a whole number`);
}
