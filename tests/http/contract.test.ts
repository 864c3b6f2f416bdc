import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import openapiTS, { astToString } from "openapi-typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAULTS } from "#gateway/fault.ts";
import { readContract, type Schemas } from "#gateway/http/routes.ts";
import type { AnsweredReport } from "#gateway/log/exchange-record.ts";
import { OFD_HEADERS, startTestService, type TestService } from "./service.ts";

const yamlFile = new URL("../../gateway/openapi.yaml", import.meta.url);
const typesFile = new URL("../../gateway/http/contract.d.ts", import.meta.url);

/** The report that certs writes and the exchange completes is one that the contract promises; checked by the compiler. */
const asPromised = (report: AnsweredReport): Schemas["Report"] => report;

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(readContract(), "contract");

function expectFits(schema: keyof Schemas, value: unknown): void {
  const validate = ajv.getSchema(`contract#/components/schemas/${schema}`);
  expect({ fits: validate?.(value), errors: validate?.errors }).toEqual({ fits: true, errors: null });
}

test("contract.d.ts is what openapi.yaml generates (npm run contract)", async () => {
  const generated = astToString(await openapiTS(yamlFile, { immutable: true }));
  const committed = readFileSync(typesFile, "utf8");
  // The command line puts a notice on top.
  expect(committed.slice(committed.indexOf("export interface"))).toBe(
    generated.slice(generated.indexOf("export interface")),
  );
});

test("the contract's examples fit its schemas", () => {
  const { examples } = (readContract() as unknown as { components: { examples: Record<string, { value: unknown }> } })
    .components;
  expectFits("Report", examples["Passed"]?.value);
  expectFits("Refused", examples["Refused"]?.value);
  expectFits("Problem", examples["InvalidRequest"]?.value);
  expectFits("Problem", examples["Busy"]?.value);
});

test("what is served at /openapi.json is the contract, and at /docs too", async () => {
  expect(await (await fetch(`${service.url}/openapi.json`)).json()).toEqual(readContract());
  expect(await (await fetch(`${service.url}/docs/json`)).json()).toEqual(readContract());
});

test("every answer fits the contract", async () => {
  const posted = await fetch(`${service.url}/v1/verifications`, { method: "POST", body: "x", headers: OFD_HEADERS });
  const report = (await posted.json()) as AnsweredReport;
  expectFits("Report", asPromised(report));
  expectFits("Exchange", await (await fetch(`${service.url}${report.exchange.url}`)).json());
  expectFits("Readiness", await (await fetch(`${service.url}/health/ready`)).json());
  expectFits("Problem", await (await fetch(`${service.url}/v1/exchanges/1`)).json());
});

test("every status that a fault has on a route is in the contract", () => {
  const { post } = readContract().paths["/v1/verifications"] as { post: { responses: Record<string, unknown> } };
  const statuses = Object.keys(post.responses);
  // Faults of addresses and of HTTP itself belong to no operation.
  const general = new Set([404, 405, 431, 500]);
  const all = Object.values(FAULTS).map((fault) => fault.status);
  expect(all.filter((status) => !general.has(status) && !statuses.includes(String(status)))).toEqual([]);
});

describe("the page of the API loads nothing from outside this machine", () => {
  const paths = ["/docs", "/docs/", "/docs/static/swagger-initializer.js", "/docs/static/index.css"];

  test.each([...paths, "/docs/static/swagger-ui.css"])("%s", async (path) => {
    const response = await fetch(service.url + path);
    expect(response.status).toBe(200);
    const text = await response.text();
    const loads =
      /(?:src|href|action)\s*=\s*["']?(?:https?:)?\/\/|url\(\s*["']?(?:https?:)?\/\/|@import|fetch\(|importScripts/i;
    expect(text).not.toMatch(loads);
    expect(text).not.toMatch(/validatorUrl: "/);
  });

  test("the browser is told so", async () => {
    const response = await fetch(`${service.url}/docs`);
    await response.text();
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });

  test("every file that the page names is served", async () => {
    const page = await (await fetch(`${service.url}/docs`)).text();
    const named = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? "");
    expect(named.length).toBeGreaterThan(4);
    for (const path of named) {
      const response = await fetch(service.url + path);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  });
});
