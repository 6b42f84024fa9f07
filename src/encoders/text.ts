/** Shared code of the line formats. */
import type { IncomingEvent } from '../event.ts';
import type { FormatOptions } from '../instant.ts';

/** The zone of the times in a line: `local`, `utc`, or minutes east of UTC. */
export type Zone = NonNullable<FormatOptions['zone']>;

/**
 * Maps each of an event's attributes, and its name as `name`, with `of`, in the order of their
 * keys; leaves out `undefined` results. Engines sort keys by their bytes, not by a language's
 * alphabet.
 */
export function attributesOf<T>(
  { name, attributes }: Pick<IncomingEvent, 'name' | 'attributes'>,
  of: (key: string, value: string) => T | undefined,
): T[] {
  // Marks of tidings, which no engine has.
  const keys = Object.keys(attributes).filter(
    (key) => key !== 'noise' && key !== 'engineAction' && key !== 'hostPosition',
  );
  const named = name === undefined || Object.hasOwn(attributes, 'name');
  if (!named) keys.push('name');
  const found: T[] = [];
  for (const key of keys.sort()) {
    const each = of(key, !named && key === 'name' ? name : (attributes[key] as string));
    if (each !== undefined) found.push(each);
  }
  return found;
}
