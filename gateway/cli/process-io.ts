import type { CommandIo } from "./verify.ts";

/** What a shell reports for SIGPIPE; never 0, which would say PASSED. */
const EXIT_BROKEN_PIPE = 141;

/** The process's own streams. A reader that goes away early (`| head`) ends the output quietly. */
export function processIo(): CommandIo {
  process.stdout.on("error", endOnBrokenPipe);
  process.stderr.on("error", endOnBrokenPipe);
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY,
    env: process.env,
  };
}

function endOnBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(process.exitCode ?? EXIT_BROKEN_PIPE);
}
