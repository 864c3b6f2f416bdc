import type { BenchArguments } from "./bench-arguments.ts";
import { CommandError, EXIT } from "./outcome.ts";

/** Milliseconds. */
const PATIENCE = 10_000;

/** Whether somebody answers at all, and for the demo's questions, whether a gateway does. Throws CommandError. */
export async function reachGateway({ origin, asked }: Pick<BenchArguments, "origin" | "asked">): Promise<void> {
  const status = await statusOf(`${origin}/health/ready`);
  if (asked.kind === "file") return;
  if (status === 503)
    throw new CommandError(EXIT.unreachable, `the gateway at ${origin} is not ready; ${origin}/health/ready says why`);
  if (status !== 200) throw new CommandError(EXIT.misunderstood, `${origin} is no Tongyan gateway`);
}

async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    const { origin } = new URL(url);
    throw new CommandError(EXIT.unreachable, `${origin} does not answer (${reasonOf(error)}); is the gateway running?`);
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { cause } = error;
  if (cause instanceof Error) return "code" in cause ? String(cause.code) : cause.message;
  return error.name === "TimeoutError" ? "timed out" : error.message;
}
