import { describe, expect, test } from "vitest";
import { type BenchArguments, benchCommandLine, parseBenchArguments } from "./bench-arguments.ts";

const parse = (line: string): BenchArguments | "help" =>
  parseBenchArguments(line.split(" "), { TONGYAN_DATA: "/srv/data" });

test("of the demo nothing but the scenario has to be given", () => {
  expect(parse("--scenario lookup")).toEqual({
    origin: "http://127.0.0.1:8080",
    asked: { kind: "demo", load: "lookup" },
    bearer: { kind: "client", client: "load-tester", keyFile: "/srv/data/demo/clients/load-tester.jwk" },
    perSecond: null,
    seconds: 10,
    warmUpSeconds: 2,
    connections: 64,
    patienceSeconds: 30,
    out: null,
    compare: [],
    form: "table",
    dataDirectory: "/srv/data",
  });
});

test("everything can be given", () => {
  const line =
    "--requests a/b.ndjson --url https://gateway.example:8443/ --client window --key /k.jwk --rate 12.5 --connections 7 " +
    "--duration 600 --warm-up 0 --patience 3 --out results --compare a.json --compare b.json --json";
  expect(parse(line)).toMatchObject({
    origin: "https://gateway.example:8443",
    asked: { kind: "file", file: "a/b.ndjson" },
    bearer: { kind: "client", client: "window", keyFile: "/k.jwk" },
    perSecond: 12.5,
    seconds: 600,
    warmUpSeconds: 0,
    connections: 7,
    patienceSeconds: 3,
    out: "results",
    compare: ["a.json", "b.json"],
    form: "json",
  });
});

test("requests of a file are nobody's unless somebody is named", () => {
  expect(parse("--requests x")).toMatchObject({ bearer: { kind: "nobody" } });
  expect(parse("--requests x --token abc.def.ghi")).toMatchObject({ bearer: { kind: "token", token: "abc.def.ghi" } });
});

test("no token gets into the result", () => {
  const asked = parse("--requests /secret/x.ndjson --token abc.def.ghi --rate 5");
  if (asked === "help") throw new Error("help");
  expect(benchCommandLine(asked).join(" ")).toBe(
    "tongyan bench --requests x.ndjson --url http://127.0.0.1:8080 --connections 64 --duration 10 --rate 5",
  );
});

describe("what cannot be carried out is said", () => {
  test.each([
    ["--rate 5", /say what to ask/],
    ["--scenario lookup --requests x", /say what to ask/],
    ["--scenario toString", /there are verify, lookup, match, mixed/],
    ["--scenario lookup --rate 0", /--rate 0/],
    ["--scenario lookup --rate -5", /rate/],
    ["--scenario lookup --rate 1e9", /--rate 1e9/],
    ["--scenario lookup --rate Infinity", /--rate Infinity/],
    ["--scenario lookup --connections 1.5", /whole number/],
    ["--scenario lookup --connections 50000", /--connections/],
    ["--scenario lookup --duration 0", /--duration/],
    ["--scenario lookup --url gateway.example", /--url/],
    ["--scenario lookup --url http://u:p@gateway.example", /no credentials/],
    ["--scenario lookup --url http://gateway.example/v1/lookups", /of the gateway alone/],
    ["--scenario lookup --client ../x", /no client's identifier/],
    ["--requests x --key k.jwk", /of which --client/],
    ["--requests x --token a --client b", /--token, or --client/],
    ["--requests x --token a\u0001b", /no access token/],
    ["--scenario lookup more", /more/],
    ["--other", /--other/],
  ])("%s", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});
