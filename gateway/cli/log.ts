import { EXIT_UNREAD } from "./given-file.ts";
import { UsageError } from "./options.ts";
import { verifyLog } from "./log-verify.ts";
import { reconcileLogs } from "./log-reconcile.ts";
import { CommandError, EXIT } from "./outcome.ts";
import { neutralise } from "./terminal.ts";
import type { CommandIo } from "./verify.ts";

export const LOG_HELP = `tongyan log verify DIR|URL [--key KEY]… [--json]
tongyan log reconcile A B [--token-a TOKEN] [--token-b TOKEN] [--key FILE]… [--json]

核验交换日志，比对两个网关的交换。Checks a whole exchange log; compares the exchanges of two gateways.

verify: the checkpoint's signatures, every entry, every tile of every level, the root; in a gateway's directory its index too
  DIR              of a log, or the data directory of a gateway, which may be running
  URL              of a gateway, or the prefix of a log, as in https://gateway.example/log
  --key KEY        a public key of the log, or a file of them, one to a line; several may be given. Without it the keys are taken
                   from the log itself: then it is only shown to agree with itself

reconcile: which exchanges between two gateways only one of them has
  A, B             of each gateway: its data directory, an export (NDJSON), or its URL
  --token-a, --token-b
                   an access token for a URL, of a client that may export (see tongyan token)
  --key FILE       public keys (a JWK, or a set of them) of the gateways: the receipts that they gave each other are then checked
  --issuer-a, --issuer-b
                   the gateway's name in its receipts, --client-a, --client-b its name as the other one's client: needed only
                   where there are dealings with further gateways, and none with each other on both sides
  Exports have to be of the same time, and whole: what one leaves out seems to be missing.

  --json           the outcome as JSON, for machines
  --help           this text

Exit status: 0 all holds, 1 something does not, 2 it cannot be read, 64 wrong usage.
`;

/** `tongyan log`: resolves to the exit status (see LOG_HELP). */
export async function logCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await run(argv, io);
  } catch (error) {
    return explain(error, io);
  }
}

async function run([kind, ...rest]: readonly string[], io: CommandIo): Promise<number> {
  if (kind === "--help" || kind === "-h" || rest.includes("--help") || rest.includes("-h")) {
    io.stdout(LOG_HELP);
    return 0;
  }
  if (kind === "verify") return await verifyLog(rest, io);
  if (kind === "reconcile") return await reconcileLogs(rest, io);
  throw new UsageError(kind === undefined ? "verify or reconcile?" : `there is no log ${kind}`);
}

function explain(error: unknown, { stderr }: CommandIo): number {
  if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
  stderr(`tongyan log: ${neutralise(error.message)}\n`);
  if (error instanceof CommandError) return EXIT_UNREAD;
  stderr(`\n${LOG_HELP}`);
  return EXIT.usage;
}
