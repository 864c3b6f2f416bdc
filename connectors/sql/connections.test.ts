import { afterAll, afterEach, describe, expect, test } from "vitest";
import { SourceError } from "../source-error.ts";
import { question } from "./test-resource.ts";
import { ask, failure, NUMBER, openTestRegister, patient, until } from "./test-register.ts";

const register = await openTestRegister();
afterEach(() => register.closeSources());
afterAll(() => register.drop());

const GONE = new SourceError("SOURCE_TIMEOUT", "the caller has gone");

describe.skipIf(!register.reachable)("connections", () => {
  test("a query nobody waits for ends on the server too, and the only connection is free again", async () => {
    const caller = new AbortController();
    const source = register.open({ view: "slow", pool: { max: 1 }, bounds: { deadlineMs: 60_000 } });
    const answer = failure(source.fetch(question({ certificateNumber: NUMBER }, ["state"]), { signal: caller.signal }));
    await until(async () => (await register.atWork()) === 1);
    caller.abort(GONE);
    expect(await answer).toBe(GONE);
    await until(async () => (await register.atWork()) === 0);
    expect(await source.health(patient())).toMatchObject({ status: "ready" });
  });

  test("who waits for a connection can give up too", async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const source = register.open({ view: "slow", pool: { max: 1 }, bounds: { deadlineMs: 60_000 } });
    const asked = question({ certificateNumber: NUMBER }, ["state"]);
    const held = failure(source.fetch(asked, { signal: first.signal }));
    await until(async () => (await register.atWork()) === 1);
    const waiting = failure(source.fetch(asked, { signal: second.signal }));
    second.abort(GONE);
    expect(await waiting).toBe(GONE);
    first.abort(GONE);
    expect(await held).toBe(GONE);
    expect(await source.health(patient())).toMatchObject({ status: "ready" });
  });

  test("a caller who has gone already costs no connection", async () => {
    const answer = register
      .open()
      .fetch(question({ certificateNumber: NUMBER }, []), { signal: AbortSignal.abort(GONE) });
    expect(await failure(answer)).toBe(GONE);
  });

  test("the server itself ends a query that takes longer than the deadline allows", async () => {
    const source = register.open({ view: "slow", bounds: { deadlineMs: 300 } });
    expect(await failure(ask(source, NUMBER))).toMatchObject({
      code: "SOURCE_TIMEOUT",
      detail: expect.stringContaining("57014"),
    });
  });

  test("a backend that is killed at work fails one question only", async () => {
    const source = register.open({ view: "slow", bounds: { deadlineMs: 60_000 } });
    const answer = failure(ask(source, NUMBER));
    await until(async () => (await register.atWork()) === 1);
    await register.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '$schema%'`);
    expect((await answer).code).toBe("SOURCE_UNAVAILABLE");
    expect(await source.health(patient())).toMatchObject({ status: "ready" });
  });

  test("a backend that is killed while idle is replaced", async () => {
    const source = register.open({ pool: { max: 1 } });
    expect(await ask(source, NUMBER)).toMatchObject({ kind: "found" });
    const backends = () => register.run(`SELECT pid FROM pg_stat_activity WHERE usename LIKE '$schema%'`);
    await register.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '$schema%'`);
    await until(async () => (await backends()).length === 0);
    // That it was killed may be read only when the next question is sent; the one after that has a new connection.
    const first = await ask(source, NUMBER).catch((error: unknown) => error);
    if (first instanceof Error) expect(first).toMatchObject({ code: "SOURCE_UNAVAILABLE" });
    expect(await ask(source, NUMBER)).toMatchObject({ kind: "found" });
  });

  test("no more connections are made than the settings allow", async () => {
    const source = register.open({ view: "unhurried", pool: { max: 2 }, bounds: { deadlineMs: 60_000 } });
    const answers = Promise.all(Array.from({ length: 12 }, () => ask(source, NUMBER)));
    let most = 0;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        const rows = await register.run(`SELECT 1 FROM pg_stat_activity WHERE usename LIKE '$schema%'`);
        most = Math.max(most, rows.length);
      }
    })();
    expect(await answers).toHaveLength(12);
    watching.abort();
    await watch;
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });

  test("closing ends what is under way, and nothing is asked afterwards", async () => {
    const source = register.open({ view: "slow", bounds: { deadlineMs: 60_000 } });
    const answer = failure(ask(source, NUMBER));
    await until(async () => (await register.atWork()) === 1);
    await source.close();
    expect((await answer).code).toBe("SOURCE_UNAVAILABLE");
    await until(async () => (await register.atWork()) === 0);
    expect((await failure(ask(source, NUMBER))).code).toBe("SOURCE_UNAVAILABLE");
  });

  test("a server without TLS is not asked unless the settings say so", async () => {
    const source = register.open({ sslmode: "verify-full" });
    const [ssl] = (await register.run("SHOW ssl"))[0] ?? [];
    const { code } = await failure(ask(source, NUMBER));
    expect(code).toBe(ssl === "off" ? "SOURCE_UNTRUSTED" : code);
    expect(code).not.toBe("SOURCE_UNAVAILABLE");
  });
});
