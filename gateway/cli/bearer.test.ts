import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt, UnsecuredJWT } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepToken, openBearer } from "./bearer.ts";
import { CommandError, EXIT } from "./outcome.ts";

const origin = "http://127.0.0.1:8080";
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

const tokenOf = (seconds: number): string =>
  new UnsecuredJWT({}).setExpirationTime(Math.floor(Date.now() / 1000) + seconds).encode();

/** Tokens that live for ten minutes, as long as there are any. */
function keep() {
  const state = { isUp: true, given: [tokenOf(600)], renewed: [] as string[], troubles: [] as string[] };
  const ask = async (): Promise<string> => {
    if (!state.isUp) throw new CommandError(EXIT.unreachable, "503");
    const token = tokenOf(600);
    state.given.push(token);
    return token;
  };
  const release = keepToken(
    state.given[0] ?? "",
    ask,
    (token) => void state.renewed.push(token),
    (why) => void state.troubles.push(why),
  );
  return { state, release };
}

test("a token is renewed before it ends, as long as it takes", async () => {
  const { state, release } = keep();
  for (let minute = 0; minute < 30; minute += 1) {
    await vi.advanceTimersByTimeAsync(60_000);
    const { exp = 0 } = decodeJwt(state.given.at(-1) ?? "");
    expect(exp * 1000).toBeGreaterThan(Date.now());
  }
  expect(state.renewed).toEqual(state.given.slice(1));
  release();
  await vi.advanceTimersByTimeAsync(1_800_000);
  expect(state.renewed).toHaveLength(state.given.length - 1);
});

test("a gateway that gives none for a while is asked again", async () => {
  const { state, release } = keep();
  state.isUp = false;
  await vi.advanceTimersByTimeAsync(380_000);
  expect(state.troubles.length).toBeGreaterThan(1);
  expect(new Set(state.troubles)).toEqual(new Set(["503"]));
  state.isUp = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.renewed).toHaveLength(1);
  release();
});

test("of a token that was given the end is known, and it stays as it is", async () => {
  const token = tokenOf(60);
  const bearer = await openBearer({ origin, bearer: { kind: "token", token } });
  expect(bearer).toMatchObject({ token, ends: Math.floor(Date.now() / 1000) * 1000 + 60_000 });
  await expect(openBearer({ origin, bearer: { kind: "token", token: "opaque" } })).resolves.toMatchObject({
    ends: null,
  });
  await expect(openBearer({ origin, bearer: { kind: "nobody" } })).resolves.toMatchObject({ token: null });
});

test("a key that is not there", async () => {
  const asked = openBearer({
    origin,
    bearer: { kind: "client", client: "window", keyFile: join(tmpdir(), "tongyan-none.jwk") },
  });
  await expect(asked).rejects.toMatchObject({ exit: 66 });
});
