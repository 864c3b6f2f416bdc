/** Chinese time, to the minute. */
export function localTime(iso: string): string {
  const shifted = new Date(Date.parse(iso) + 8 * 3_600_000);
  return `${shifted.toISOString().slice(0, 16).replace("T", " ")} UTC+8`;
}
