import pino, { type Logger } from "pino";

/** Lines are written together, after so many milliseconds or at so many bytes: each by itself would cost more than its making. */
export const LINES_WITHIN = 100;
const LINES_BYTES = 32 * 1024;

/** Writes to standard error; whoever opens it flushes it. */
export function openLogger(level: string): Logger {
  const lines = pino.destination({
    fd: 2,
    sync: false,
    minLength: LINES_BYTES,
    maxWrite: 2 * LINES_BYTES,
    contentMode: "buffer",
  });
  // With texts it would measure all that waits at each line, and so copy it. Its types know texts only.
  const write = (line: string): void => void lines.write(Buffer.from(line) as unknown as string);
  const destination = { write, flush: () => lines.flush(), flushSync: () => lines.flushSync() };
  return pino({ level, base: null }, destination);
}
