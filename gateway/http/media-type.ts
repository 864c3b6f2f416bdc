import { Fault } from "#gateway/fault.ts";

export const JSON_TYPE = "application/json";
/** Of answers. */
export const JSON_TEXT = "application/json; charset=utf-8";
export const FORM = "application/x-www-form-urlencoded";
export const MULTIPART = "multipart/form-data";

/** Types whose bytes are read as text here, so that a charset counts. */
const TEXTS: readonly string[] = [JSON_TYPE, FORM];

/** Type and subtype, without parameters. */
export const essenceOf = (contentType: string | undefined): string | null =>
  contentType === JSON_TYPE ? JSON_TYPE : (contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? null);

export const unsupportedType = (accepted: readonly string[]): Fault =>
  new Fault("UNSUPPORTED_MEDIA_TYPE", accepted.length > 0 ? `accepted are ${accepted.join(", ")}` : undefined);

/** Throws Fault UNSUPPORTED_MEDIA_TYPE. */
export function checkMediaType(contentType: string, accepted: readonly string[]): void {
  const essence = essenceOf(contentType) ?? "";
  if (!accepted.includes(essence)) throw unsupportedType(accepted);
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1] ?? "utf-8";
  if (TEXTS.includes(essence) && charset.toLowerCase() !== "utf-8") {
    throw new Fault("UNSUPPORTED_MEDIA_TYPE", "the charset is UTF-8");
  }
}
