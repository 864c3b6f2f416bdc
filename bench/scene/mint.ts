import { closeSync, openSync, writeSync } from "node:fs";
import { rewrite } from "#certs/issue/ofd.ts";
import { makePki } from "#certs/issue/pki.ts";
import { sealedEntries } from "#certs/issue/sealed-licence.ts";
import { zipOf } from "#certs/issue/zip.ts";
import { type Minted, type MintOrder, verdictOf } from "./documents.ts";

/** Run by documents.ts in a process of its own, with an order. */
const { file, count, first } = JSON.parse(process.argv[2] ?? "") as MintOrder;
const AUTHORITIES = ["anhui", "guangdong", "shache"] as const;
const pki = makePki(Date.now(), `示例电子认证中心${first}`);
const descriptor = openSync(file, "w");
const ends: number[] = [];
for (let number = 0; number < count; number++) {
  const authority = AUTHORITIES[number % AUTHORITIES.length] ?? "anhui";
  const entries = sealedEntries({ pki, authority, serial: first + number + 1 });
  const bytes = zipOf(verdictOf(number) === "PASSED" ? entries : spoilt(entries));
  ends.push((ends.at(-1) ?? 0) + writeSync(descriptor, bytes));
}
closeSync(descriptor);
const trust = pki.trust.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString("base64") }));
process.send?.({ ends, trust } satisfies Minted);

function spoilt(entries: ReturnType<typeof sealedEntries>): ReturnType<typeof sealedEntries> {
  return rewrite(entries, "Doc_0/Pages/Page_0/Content.xml", (xml) => xml.replace("示例", "示列"));
}
