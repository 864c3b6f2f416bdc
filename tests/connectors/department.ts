import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { guarded } from "#connectors/calling.ts";
import { openHttpJson } from "#connectors/http-json/http-json.ts";
import { checkHttpJsonSettings } from "#connectors/http-json/settings.ts";
import { NOW, RESOURCE, surroundings } from "#connectors/json/test-questions.ts";
import type { Source } from "#connectors/source.ts";
import type { Closing } from "./closing.ts";
import { bodyOf, startSource } from "./source-server.ts";

/** A lookup by GET; the answers have the form of WHOLE. */
export const SETTINGS = {
  kind: "http-json",
  allowNetworks: ["127.0.0.1/32"],
  request: {
    path: "/certificates",
    query: { number: "{keys.certificateNumber}", unit: "{keys.unitNumber}", fields: "{fields}" },
    headers: { "x-case": "{purpose.caseNumber}", "x-exchange": "{exchange}" },
  },
  answer: {
    record: "/data",
    notFound: { status: 404 },
    success: { pointer: "/code", equals: "0" },
    refused: { pointer: "/code", equals: "1" },
    fields: {
      certificateNumber: "/bdcqzh",
      unitNumber: "/bdcdyh",
      holderName: "/qlr",
      area: "/mj",
      holderCode: "/zjh",
    },
    asOf: "/time",
    reference: "/serial",
  },
};
export const RECORD = {
  bdcqzh: "粤(2024)广州市不动产权第0001234号",
  qlr: "张三",
  mj: 120.5,
  zjh: "440524188001010014",
};
export const WHOLE = { code: "0", serial: "gz-0001", time: "2026-03-01 08:00:00", data: RECORD };

export const options = { signal: new AbortController().signal };

type Given = {
  readonly settings?: object;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly clock?: () => number;
};

/** The source at a URL, under the discipline of all calls. */
export function sourceAt(closing: Closing, baseUrl: string, given: Given = {}): Source {
  const { settings = {}, secrets = {}, clock = () => NOW } = given;
  const checked = checkHttpJsonSettings({ ...SETTINGS, baseUrl, ...settings }, RESOURCE);
  const source = openHttpJson(checked, surroundings(secrets, clock));
  return closing.client(guarded(source, { resource: RESOURCE, bounds: checked.bounds, clock }));
}

export type Seen = {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A department's service that remembers what it was asked. */
export async function startDepartment(closing: Closing, answer: (seen: Seen, response: ServerResponse) => void) {
  const seen: Seen[] = [];
  const server = await closing.server(
    startSource(async (request, response) => {
      const { method = "", url = "", headers } = request;
      const one = { method, url: new URL(url, "http://department"), headers, body: await bodyOf(request) };
      seen.push(one);
      answer(one, response);
    }),
  );
  return { url: server.url, seen };
}

/** All that an error could give away. */
export async function toldBy(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  return error instanceof Error
    ? `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
    : "nothing was thrown";
}
