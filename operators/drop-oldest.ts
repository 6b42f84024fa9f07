/** Takes out of a map what was put in first. @returns undefined when it is empty */
export function dropOldest<K, V>(map: Map<K, V>): V | undefined {
  for (const [key, value] of map) {
    map.delete(key);
    return value;
  }
  return undefined;
}
