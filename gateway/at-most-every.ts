/**
 * Asks at most once in so many milliseconds. While one asks anew, the others get the last answer that is there: two gateways that ask each
 * other would wait for each other.
 */
export function atMostEvery<Result>(
  interval: number,
  clock: () => number,
  ask: () => Promise<Result>,
): () => Promise<Result> {
  let asked = -Infinity;
  let last: Promise<Result> | null = null;
  return () => {
    const age = clock() - asked;
    // A clock that was set back says nothing about the age of an answer.
    if (last !== null && age >= 0 && age < interval) return last;
    asked = clock();
    const next = ask();
    last ??= next;
    void next.then(
      () => (last = next),
      () => (last = next),
    );
    return next;
  };
}
