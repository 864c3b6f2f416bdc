import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { LoadRequest } from "../load/load.ts";
import { type Documents, DocumentShelf } from "./documents.ts";
import { EXCHANGES_OF_HUNDRED, mixture } from "./mixture.ts";

const directory = mkdtempSync(join(tmpdir(), "tongyan-bench-test-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Twenty documents of four bytes each, which say whose they are. */
function documentsOf(name: string): Documents {
  const file = join(directory, name);
  const texts = Array.from({ length: 20 }, (_, index) => `${name}${String(index).padStart(3, "0")}`);
  writeFileSync(file, texts.join(""));
  return { file, ends: texts.map((_, index) => 4 * (index + 1)) };
}

const documents = [documentsOf("a"), documentsOf("b")];

test("documents come from each file by turns, none twice before all were there, every tenth of a file spoilt", () => {
  const shelf = new DocumentShelf(documents);
  const all = Array.from({ length: shelf.count }, (_, number) => shelf.at(number));
  expect(all.slice(0, 3).map(({ bytes }) => bytes.toString())).toEqual(["a000", "b000", "a001"]);
  expect(new Set(all.map(({ bytes }) => bytes.toString())).size).toBe(40);
  const spoilt = all.filter(({ verdict }) => verdict === "FAILED").map(({ bytes }) => bytes.toString());
  expect(spoilt).toEqual(["a009", "b009", "a019", "b019"]);
  expect(shelf.at(40).bytes.toString()).toBe("a000");
  expect(shelf.meanBytes).toBe(4);
});

test("any hundred requests in a row are the blend, and as many exchanges as it says", async () => {
  const request = await mixture({ first: 1_234_567, documents, receipts: ["/v1/exchanges/1/receipt"] });
  const asked = Array.from({ length: 100 }, (_, serial) => request(serial));
  const of = (path: string): LoadRequest[] => asked.filter((each) => each.path === path);
  expect(of("/v1/lookups")).toHaveLength(45);
  expect(of("/v1/matches")).toHaveLength(30);
  expect(of("/v1/verifications")).toHaveLength(10);
  expect(of("/v1/lookups/batch")).toHaveLength(5);
  expect(of("/v1/exchanges/1/receipt")).toHaveLength(10);
  const batched = of("/v1/lookups/batch").flatMap(({ body }) => JSON.parse(String(body)).requests as unknown[]);
  expect(45 + 30 + 10 + batched.length).toBe(EXCHANGES_OF_HUNDRED);
  // Receipts have no body; of everything else nothing is asked twice.
  expect(new Set(asked.map(({ body }) => String(body))).size).toBe(91);
});

test("documents go on from one stretch to the next", async () => {
  const bodiesFrom = async (first: number): Promise<readonly string[]> => {
    const request = await mixture({ first, documents, receipts: ["/r"] });
    const asked = Array.from({ length: 100 }, (_, serial) => request(serial));
    return asked.filter(({ path }) => path === "/v1/verifications").map(({ body }) => String(body));
  };
  expect(new Set([...(await bodiesFrom(0)), ...(await bodiesFrom(100))]).size).toBe(20);
});
