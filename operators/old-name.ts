/** The name before a rename (`attributes.oldName`), without the slash that Docker puts before it. */
export function oldName(
  attributes: Readonly<Record<string, string | undefined>> | undefined,
): string | undefined {
  return attributes?.['oldName']?.replace(/^\//, '');
}
