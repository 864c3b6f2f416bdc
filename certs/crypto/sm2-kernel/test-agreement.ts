import type { Sm2Kernel } from "./kernel.ts";
import { isSigned, isSignedNatively, pointOctets, questionOf } from "./test-curve.ts";
import { newKey, signatures } from "./test-signatures.ts";

const KEYS = 16;

/** What each of the three said of a random signature on which they do not all agree, or which they all see wrongly. */
export type Disagreement = Readonly<Record<"kernel" | "carefully" | "native" | "third" | "wanted", boolean>> & {
  readonly signature: string;
};

/** Asks kernel, node:crypto and a third implementation about `count` random signatures, a quarter of them changed. */
export function disagreements(kernel: Sm2Kernel, count: number): Disagreement[] {
  const keys = Array.from({ length: KEYS }, () => newKey());
  for (const [slot, { point }] of keys.entries()) {
    point.precompute(5);
    kernel.build(slot, pointOctets(point));
  }
  const found: Disagreement[] = [];
  for (const { key, message, signature, isGood: wanted } of signatures(count, keys)) {
    const own = keys[key];
    if (own === undefined) continue;
    const question = questionOf(signature);
    const said = {
      kernel: kernel.verify(key, question),
      carefully: kernel.verifyCarefully(key, question),
      native: isSignedNatively(own.publicKey, message, signature),
      third: isSigned(own.point, signature),
      wanted,
    };
    const hex = `${own.d.toString(16)} ${message.toString()} ${signature.r.toString(16)} ${signature.s.toString(16)}`;
    if (Object.values(said).some((each) => each !== wanted)) found.push({ ...said, signature: hex });
  }
  return found;
}
