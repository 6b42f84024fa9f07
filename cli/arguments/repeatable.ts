/** Collects the values of a repeatable option. */
export function repeatable(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
