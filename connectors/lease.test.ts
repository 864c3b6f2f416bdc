import { describe, expect, test } from "vitest";
import { Lease } from "./lease.ts";

/** A lender of numbered tokens, each for 100 ms; `release` lets one go that is being fetched. */
function lender() {
  const waiting: (() => void)[] = [];
  let now = 1000;
  let fetched = 0;
  const lease = new Lease(
    async (signal) => {
      const value = `token-${++fetched}`;
      await new Promise<void>((resolve, reject) => {
        waiting.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
      return { value, until: now + 100 };
    },
    () => now,
  );
  return {
    lease,
    fetched: () => fetched,
    pass: (ms: number) => (now += ms),
    release: () => waiting.splice(0).forEach((go) => go()),
  };
}
const forever = new AbortController().signal;

/** Gets with the lender letting go at once. */
async function taken({ lease, release }: ReturnType<typeof lender>): Promise<string> {
  const getting = lease.get(forever);
  release();
  return await getting;
}

describe("a lease", () => {
  test("is kept until its end, then renewed", async () => {
    const lent = lender();
    expect(await taken(lent)).toBe("token-1");
    lent.pass(99);
    expect(await lent.lease.get(forever)).toBe("token-1");
    lent.pass(1);
    expect(await taken(lent)).toBe("token-2");
    expect(lent.fetched()).toBe(2);
  });

  test("is fetched once for all who wait", async () => {
    const lent = lender();
    const waiting = Promise.all([1, 2, 3].map(() => lent.lease.get(forever)));
    lent.release();
    expect(await waiting).toEqual(["token-1", "token-1", "token-1"]);
    expect(lent.fetched()).toBe(1);
  });

  test("that is dropped is renewed once, however many saw it refused", async () => {
    const lent = lender();
    const first = await taken(lent);
    lent.lease.drop(first);
    const second = await taken(lent);
    lent.lease.drop(first);
    expect(await lent.lease.get(forever)).toBe(second);
    expect(lent.fetched()).toBe(2);
  });

  test("goes on for the others when one of them leaves", async () => {
    const lent = lender();
    const leaving = new AbortController();
    const left = lent.lease.get(leaving.signal);
    const stayed = lent.lease.get(forever);
    leaving.abort(new Error("gone"));
    await expect(left).rejects.toThrow("gone");
    lent.release();
    expect(await stayed).toBe("token-1");
  });

  test("that could not be fetched is tried anew by the next", async () => {
    let asked = 0;
    const lease = new Lease(
      async () => {
        if (++asked === 1) throw new Error("down");
        return { value: "token", until: 10 };
      },
      () => 0,
    );
    await expect(lease.get(forever)).rejects.toThrow("down");
    expect(await lease.get(forever)).toBe("token");
  });
});
