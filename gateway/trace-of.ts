/** An error as its code or name and the first frames. The message stays out: it may quote a document. */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const name = "code" in error && typeof error.code === "string" ? `${error.name} ${error.code}` : error.name;
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
  return [name, ...frames.slice(0, 12)].join("\n");
}
