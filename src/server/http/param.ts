/** Parameters of requests, as Go's servers take them: the first of each, and an empty one is none. */

/** Reads one. @throws RangeError when it cannot be read: with its name, and what is wrong */
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
