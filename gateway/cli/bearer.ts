import { decodeJwt } from "jose";
import type { BenchArguments } from "./bench-arguments.ts";
import { readKey, requestToken } from "./gateway-access.ts";
import { CommandError } from "./outcome.ts";

/** A token for as long as a command runs. */
export type Bearer = {
  /** null: nobody's. */
  readonly token: string | null;
  /** When that one ends, in milliseconds since the epoch; null where it is not known. */
  readonly ends: number | null;
  /** Renews it before it ends, again and again. Returns what ends that. */
  readonly keep: (renewed: (token: string) => void, onTrouble: (why: string) => void) => () => void;
};

/** Of what is left of a token's life, after which the next one is asked for. */
const RENEWED_AFTER = 0.6;
/** Milliseconds. */
const AGAIN_AFTER = 5000;
/** Of an answer without an end that can be read. */
const USUAL_LIFE = 300_000;

/** Throws CommandError. */
export async function openBearer({ bearer, origin }: Pick<BenchArguments, "bearer" | "origin">): Promise<Bearer> {
  switch (bearer.kind) {
    case "nobody":
      return { token: null, ends: null, keep: () => () => undefined };
    case "token":
      return { token: bearer.token, ends: endOf(bearer.token), keep: () => () => undefined };
    case "client": {
      const question = { client: bearer.client, key: readKey(bearer.keyFile), url: origin };
      const ask = (): Promise<string> => requestToken(question);
      const token = await ask();
      return { token, ends: null, keep: (renewed, onTrouble) => keepToken(token, ask, renewed, onTrouble) };
    }
  }
}

/** `ask` for the next one, again and again, before the last one has ended. Returns what ends that. */
export function keepToken(
  first: string,
  ask: () => Promise<string>,
  renewed: (token: string) => void,
  onTrouble: (why: string) => void,
): () => void {
  let timer = setTimeout(renew, untilRenewal(first));
  let over = false;
  async function renew(): Promise<void> {
    const wait = await ask().then(
      (token) => {
        if (!over) renewed(token);
        return untilRenewal(token);
      },
      (error: unknown) => {
        if (!over) onTrouble(error instanceof CommandError ? error.message : "no token");
        return AGAIN_AFTER;
      },
    );
    if (!over) timer = setTimeout(renew, wait);
  }
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

const untilRenewal = (token: string): number =>
  Math.max(AGAIN_AFTER, RENEWED_AFTER * ((endOf(token) ?? Date.now() + USUAL_LIFE) - Date.now()));

/** What it says of itself; only for knowing when to ask for the next. */
function endOf(token: string): number | null {
  try {
    const { exp } = decodeJwt(token);
    return exp === undefined ? null : exp * 1000;
  } catch {
    return null;
  }
}
