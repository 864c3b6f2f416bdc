import { readFileSync } from "node:fs";

/** What a bare server is started with, in a file of JSON: one route, the contract's schema of its body, and an answer of the gateway. */
export type Task = { readonly path: string; readonly schema: string; readonly sample: Answer };

type Answer = {
  readonly record?: Readonly<Record<string, string | null>>;
  readonly source: Readonly<Record<string, string>>;
};
export type Asked = { readonly keys: { readonly certificateNumber: string } };

export const readTask = (file: string): Task => JSON.parse(readFileSync(file, "utf8")) as Task;

/** The gateway's answer, but for what belongs to the key. */
export function answerTo({ keys: { certificateNumber } }: Asked, { sample }: Task): Answer {
  const serial = Number(/(\d{7})号$/.exec(certificateNumber)?.[1]);
  // The row of the file that was uploaded: rows count from 1, and the first one is the header.
  const source = { ...sample.source, reference: `table:1:${serial + 2}` };
  const { record } = sample;
  return { ...sample, source, ...(record !== undefined && { record: { ...record, certificateNumber } }) };
}

/** Tells whoever started this process where it listens, and ends with it. */
export function announce(port: number): void {
  process.send?.({ port });
  process.once("disconnect", () => process.exit());
}
