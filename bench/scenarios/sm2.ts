import { type Circumstances, type Finding, uninterrupted } from "../finding.ts";
import { print, printTable } from "../print.ts";
import { EACH, measureSm2 } from "./sm2-rates.ts";

const ROUNDS = { full: 40, brief: 12 } as const;

/** SM2 signatures of 200 keys at random, by the tables of the kernel and by node:crypto, by turns on one core; every answer checked. */
export async function run({ length }: Circumstances): Promise<Finding<"sm2.kernel-to-native">> {
  const rounds = ROUNDS[length];
  const found = measureSm2(rounds);
  const { nativePerSecond, kernelPerSecond, ratio, buildMilliseconds, breakEven, tableBytes } = found;
  printTable(
    ["SM2 verification", "per second", "ratio"],
    [
      ["native (node:crypto)", nativePerSecond.toFixed(0), "1.00"],
      ["by tables", kernelPerSecond.toFixed(0), ratio.toFixed(2)],
    ],
  );
  print(
    `a key's table: ${Math.round(tableBytes / 1024)} KiB, ${buildMilliseconds.toFixed(2)} ms; pays for itself after ${breakEven.toFixed(1)} verifications`,
  );
  const measured = (subject: string, perSecond: number, each: number) =>
    uninterrupted("sm2", subject, { answers: rounds * each, perSecond, seconds: (rounds * each) / perSecond });
  return {
    measurements: [
      measured("native (node:crypto)", nativePerSecond, EACH.native),
      measured("by tables of recurring keys", kernelPerSecond, EACH.kernel),
    ],
    ratios: {
      "sm2.kernel-to-native": { title: "SM2 verification of 200 recurring keys, against node:crypto", value: ratio },
    },
    charts: [],
  };
}
