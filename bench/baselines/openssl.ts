import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What the OpenSSL command of this machine does by itself in one process; Node has an OpenSSL of its own, of another version. */
export type OpensslSpeed = {
  readonly version: string;
  readonly signPerSecond: number;
  readonly verifyPerSecond: number;
};

const run = promisify(execFile);
const BITS = "256";
const CURVE = "CurveSM2";

/** `openssl speed sm2` over `seconds` each; null where there is no openssl or it has no SM2. */
export async function opensslSpeed(seconds: number): Promise<OpensslSpeed | null> {
  try {
    const timeout = (2 * seconds + 30) * 1000;
    const version = await run("openssl", ["version"], { timeout });
    const { stdout } = await run("openssl", ["speed", "-mr", "-seconds", String(seconds), "sm2"], { timeout });
    const rates = parseSpeed(stdout);
    return rates === null ? null : { version: version.stdout.split(" ").slice(0, 2).join(" "), ...rates };
  } catch {
    return null; // not there, or not able to: the bench says so and goes on
  }
}

/** Of the machine-readable line `+F7:number:bits:curve:signs a second:verifies a second`. Null when it is not there. */
export function parseSpeed(text: string): Omit<OpensslSpeed, "version"> | null {
  for (const line of text.split("\n")) {
    const [kind, , bits, curve, sign, verify] = line.trim().split(":");
    if (!kind?.startsWith("+F") || bits !== BITS || curve !== CURVE) continue;
    const [signPerSecond, verifyPerSecond] = [Number(sign), Number(verify)];
    if (signPerSecond > 0 && verifyPerSecond > 0) return { signPerSecond, verifyPerSecond };
  }
  return null;
}
