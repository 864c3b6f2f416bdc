/** An error as its code or name and the first frames. The message stays out, its further lines too: it may quote a document. */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const name = "code" in error && typeof error.code === "string" ? `${error.name} ${error.code}` : error.name;
  const stack = error.stack ?? "";
  const frames = stack.slice(stack.indexOf(error.message) + error.message.length).split("\n");
  return [name, ...frames.filter((line) => line.startsWith("    at ")).slice(0, 12)].join("\n");
}
