import type { LoadOrder, LoadRequest, LoadResult } from "#bench/load/load.ts";
import { LoadError, LoadGenerator } from "#bench/load/load-generator.ts";
import { type Bearer, openBearer } from "./bearer.ts";
import { type BenchArguments, scenarioOf } from "./bench-arguments.ts";
import { showBench } from "./bench-progress.ts";
import { BEARER } from "./bench-requests.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { neutralise } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

/** Asks as it is told, with tokens that are renewed as they end. Throws CommandError. */
export async function measureLoad(
  asked: BenchArguments,
  requests: readonly LoadRequest[],
  io: CommandIo,
): Promise<LoadResult> {
  const bearer = await openBearer(asked);
  warnOfEnd(bearer, asked, io);
  const generator = new LoadGenerator();
  const progress = showBench(asked, io);
  const release = bearer.keep(
    (token) => generator.authorize({ [BEARER]: token }),
    (why) => io.stderr(`tongyan bench: the token is not renewed: ${neutralise(why)}\n`),
  );
  try {
    return await generator.measure(orderOf(asked, requests, bearer), progress.reached);
  } catch (error) {
    if (error instanceof LoadError) throw new CommandError(EXIT.unreachable, error.message);
    throw error;
  } finally {
    release();
    progress.stop();
    await generator.stop();
  }
}

function orderOf(asked: BenchArguments, requests: readonly LoadRequest[], { token }: Bearer): LoadOrder {
  const { origin, perSecond, connections, warmUpSeconds, seconds, patienceSeconds } = asked;
  return {
    scenario: scenarioOf(asked),
    subject: "gateway",
    origin,
    requests: { kind: "list", requests },
    tokens: token === null ? {} : { [BEARER]: token },
    pace: perSecond === null ? { kind: "closed" } : { kind: "fixed", perSecond },
    connections,
    warmUpSeconds,
    length: { seconds },
    patienceSeconds,
  };
}

function warnOfEnd({ ends }: Bearer, { warmUpSeconds, seconds }: BenchArguments, { stderr }: CommandIo): void {
  if (ends === null || ends > Date.now() + (warmUpSeconds + seconds) * 1000) return;
  stderr("tongyan bench: the token ends before the run does; --client and --key renew it\n");
}
