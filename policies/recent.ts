/** The last so many values that were asked for, by key. */
export type Recent<Value> = {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
  readonly clear: () => void;
};

/** `bound`: how many are kept; what was asked for longest ago goes first. */
export function recent<Value>(bound: number): Recent<Value> {
  const kept = new Map<string, Value>();
  /** To compare a long key is cheaper than to look for it, and the same one often comes again at once. */
  let newest: { readonly key: string; readonly value: Value } | null = null;

  function put(key: string, value: Value): void {
    // A Map keeps the order in which keys came.
    kept.delete(key);
    kept.set(key, value);
    newest = { key, value };
  }

  return {
    get(key) {
      if (key === newest?.key) return newest.value;
      const value = kept.get(key);
      if (value !== undefined) put(key, value);
      return value;
    },
    set(key, value) {
      put(key, value);
      const oldest = kept.keys().next();
      if (kept.size > bound && oldest.done !== true) kept.delete(oldest.value);
    },
    clear() {
      kept.clear();
      newest = null;
    },
  };
}
