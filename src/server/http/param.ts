/**
 * Request parameters, read as Go's servers do: the first of each name; an empty one counts as
 * absent.
 */

/** Reads a parameter. @throws RangeError if it is invalid: with its name and the reason */
export function readParam<T>(
  params: URLSearchParams,
  key: string,
  parse: (text: string) => T,
): T | undefined {
  const text = params.get(key) ?? '';
  try {
    return text === '' ? undefined : parse(text);
  } catch (cause) {
    throw new RangeError(`parameter '${key}': ${(cause as Error).message}`, { cause });
  }
}
