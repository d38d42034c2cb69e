/**
 * The same function that makes what it gives for a key once; a promise that fails is kept as well.
 *
 * @example const square = remembered((n: number) => n * n);
 */
export function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    if (!made.has(key)) made.set(key, make(key));
    return made.get(key)!;
  };
}
