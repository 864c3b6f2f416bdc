import type { MaskMethod } from "./decision.ts";
import { regionPrefix } from "./region-prefix.ts";

const stars = (count: number): string => "*".repeat(count);

/** Keeps the first `head` and the last `tail` code points of a value of at least `from`, masks a shorter one whole. */
function keepEnds(points: readonly string[], head: number, tail: number, from: number): string {
  if (points.length < from) return stars(points.length);
  const hidden = stars(points.length - head - tail);
  return [...points.slice(0, head), hidden, ...points.slice(points.length - tail)].join("");
}

const maskCertificateNumber = (points: readonly string[]): string => keepEnds(points, 0, 4, 8);

/** To the county. */
function maskAddress(points: readonly string[]): string {
  const kept = [...regionPrefix("county", points.join(""))].length;
  return keepEnds(points, kept, 0, kept + 1);
}

/** Standards' conventions (GB/T 35273, GB/T 37964). The length in code points stays, and at least one of them is hidden. */
const METHODS: { readonly [Method in MaskMethod]: (points: readonly string[]) => string } = {
  name: (points) => keepEnds(points, 1, 0, 2),
  // Other papers of persons (passports, permits) have shorter numbers.
  "resident-number": (points) => (points.length >= 14 ? keepEnds(points, 6, 4, 14) : maskCertificateNumber(points)),
  phone: (points) => keepEnds(points, 3, 4, 10),
  address: maskAddress,
  "certificate-number": maskCertificateNumber,
  "bank-card": (points) => keepEnds(points, 6, 4, 13),
  whole: (points) => stars(points.length),
};

export const isMaskMethod = (text: string): text is MaskMethod => Object.hasOwn(METHODS, text);

/** Masks a value, whatever it holds; never throws. */
export const mask = (method: MaskMethod, value: string): string => METHODS[method]([...value]);
