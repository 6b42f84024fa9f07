/** Reads an option that can be given several times. */
export function several(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
