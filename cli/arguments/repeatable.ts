/** Reads an option that can be given several times. */
export function repeatable(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
