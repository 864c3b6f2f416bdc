import { randomUUIDv7 } from "node:crypto";
import type { Caller } from "#gateway/clients/caller.ts";
import type { Act } from "#gateway/log/acts.ts";
import type { Acts } from "#gateway/log/recorded-acts.ts";

/** A caller of an organisation; one without a code has shown nothing of who it is. */
export const caller = (id: string, code: string | null, roles: Caller["roles"] = ["department"]): Caller => ({
  id,
  network: "remote",
  authentication: code === null ? "none" : "token",
  organisation: code === null ? null : { code, name: "机构", region: "340100" },
  roles,
  perMinute: 60,
});
export const WINDOW = caller("window", "O1");

/** Notes what happens, in its order. */
export function notedActs(done: string[]): Acts {
  const exchange = randomUUIDv7();
  const record = async (act: Act) => {
    done.push(`recorded ${act.act} ${JSON.stringify(act.detail)}`);
    return { exchange, cameToNothing: async () => undefined };
  };
  return {
    record,
    async carryOut(act, _by, work) {
      await record(act);
      return { result: await work(), exchange };
    },
  };
}

export const codeOf = async (work: () => unknown): Promise<unknown> => {
  try {
    await work();
    return "done";
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
};
