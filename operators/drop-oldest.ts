/** Removes the oldest entry of a map. @returns undefined if it is empty */
export function dropOldest<K, V>(map: Map<K, V>): V | undefined {
  for (const [key, value] of map) {
    map.delete(key);
    return value;
  }
  return undefined;
}
