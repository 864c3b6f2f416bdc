/** The outcome of `work`, or the signal's reason if that comes first; `work` itself goes on. `left` is called in that case. */
export function abortable<Result>(work: Promise<Result>, signal: AbortSignal, left?: () => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      left?.();
      reject(signal.reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    const stay = () => signal.removeEventListener("abort", leave);
    work.then(resolve, reject).finally(stay);
  });
}
