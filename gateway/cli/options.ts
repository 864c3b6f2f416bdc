import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** A command line that cannot be carried out. The message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The options and the other words after a command. Throws UsageError for an option that is none. */
export function parseOptions<const Options extends ParseArgsOptionsConfig>(argv: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "the options cannot be read");
  }
}
