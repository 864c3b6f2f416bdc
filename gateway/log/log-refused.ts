/** Why a log is not opened: `LOG_LOCKED`, another process has it; `LOG_DAMAGED`, what is there does not hold together; `LOG_FOREIGN`, it is another log's. */
export type LogRefusal = "LOG_LOCKED" | "LOG_DAMAGED" | "LOG_FOREIGN";

/** A log that must not be written to. The message names the place and what can be done; it holds nothing of what was recorded. */
export class LogRefusedError extends Error {
  override readonly name = "LogRefusedError";
  readonly code: LogRefusal;

  constructor(code: LogRefusal, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
