import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Demo, type DemoAnswer, makeDemo } from "#certs/issue/demo.ts";
import { buildTrustSnapshot } from "#certs/trust/snapshot.ts";

/** The demo profile on disk: a throw-away trust directory and sample licences with the verdict each must get. */
export type DemoProfile = {
  readonly directory: string;
  readonly trustDirectory: string;
  readonly files: readonly DemoAnswer[];
};

/** `until` (milliseconds): when its first CRL ends, after which nothing there verifies any more. `trust`: names of files. */
type DemoIndex = { readonly until: number; readonly trust: readonly string[]; readonly files: readonly DemoAnswer[] };

/** The demo profile under `data/demo`, made anew when it is not whole or its CRL has ended. `now` in milliseconds. */
export function ensureDemo(dataDirectory: string, now: number): DemoProfile {
  const directory = join(dataDirectory, "demo");
  const index = readIndex(directory);
  const isGood = index !== null && index.until > now && isWhole(directory, index);
  const { files } = isGood ? index : writeDemo(directory, makeDemo(now));
  return { directory, trustDirectory: join(directory, "trust"), files };
}

/** The demo profile as it stands under `data/demo`; null when there is none. */
export function findDemo(dataDirectory: string): DemoProfile | null {
  const directory = join(dataDirectory, "demo");
  const index = readIndex(directory);
  if (index === null || !isWhole(directory, index)) return null;
  return { directory, trustDirectory: join(directory, "trust"), files: index.files };
}

function readIndex(directory: string): DemoIndex | null {
  try {
    const index: Partial<DemoIndex> = JSON.parse(readFileSync(join(directory, "index.json"), "utf8"));
    const isIndex = typeof index.until === "number" && Array.isArray(index.trust) && Array.isArray(index.files);
    return isIndex ? (index as DemoIndex) : null;
  } catch {
    return null;
  }
}

const isWhole = (directory: string, { trust, files }: DemoIndex): boolean =>
  [...trust.map((name) => join("trust", name)), ...files.map((file) => file.name)].every((name) =>
    existsSync(join(directory, name)),
  );

/** Written aside and moved into place, so that nobody meets half of it. */
function writeDemo(directory: string, demo: Demo): DemoIndex {
  const part = `${directory}.${process.pid}.part`;
  const index = indexOf(demo);
  mkdirSync(join(part, "trust"), { recursive: true });
  for (const { name, bytes } of demo.trust) writeFileSync(join(part, "trust", name), bytes);
  for (const { name, bytes } of demo.files) writeFileSync(join(part, name), bytes);
  writeFileSync(join(part, "README.md"), readmeOf(index));
  writeFileSync(join(part, "index.json"), `${JSON.stringify(index, null, 2)}\n`);
  rmSync(directory, { recursive: true, force: true });
  renameSync(part, directory);
  return index;
}

function indexOf({ trust, files }: Demo): DemoIndex {
  const ends = buildTrustSnapshot(trust)
    .crls.map((crl) => crl.nextUpdate)
    .filter((end) => end !== null);
  return {
    until: Math.min(...ends),
    trust: trust.map(({ name }) => name),
    files: files.map(({ name, verdict, reason, zh, en }) => ({ name, verdict, reason, zh, en })),
  };
}

function readmeOf({ files }: DemoIndex): string {
  const rows = files.map(
    ({ name, verdict, reason, zh, en }) => `| ${name} | ${verdict} | ${reason ?? ""} | ${zh} | ${en} |`,
  );
  return `# Demo licences

Made by \`tongyan serve\` with keys that were thrown away. Names and numbers are invented. The folder is made anew when
its revocation lists end or a file is missing: keep nothing of yours here. \`trust/\` is what the verdicts rest on.

| file | verdict | reason | 说明 | what it is |
|---|---|---|---|---|
${rows.join("\n")}
`;
}
