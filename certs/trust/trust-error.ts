/** Trust material that cannot be used. The message names the file and the reason. */
export class TrustError extends Error {
  override readonly name = "TrustError";
  readonly file: string;

  constructor(file: string, reason: string, cause?: unknown) {
    super(`${file}: ${reason}`, { cause });
    this.file = file;
  }
}
