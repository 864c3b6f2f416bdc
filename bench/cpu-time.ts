/** Seconds that this process works at `work`, all its threads together: what others take of the machine meanwhile does not count. */
export function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
