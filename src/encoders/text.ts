/** What the line formats of several engines have in common. */
import type { IncomingEvent } from '../event.ts';
import type { FormatOptions } from '../instant.ts';

/** The zone of the times in a line: `local`, `utc`, or minutes east of UTC. */
export type Zone = NonNullable<FormatOptions['zone']>;

/**
 * What `of` makes of each of an event's attributes, its name among them as `name`, in the order of their keys; what it
 * makes nothing of is left out. Engines sort keys by their bytes, not by a language's alphabet.
 */
export function attributesOf<T>(
  { name, attributes }: Pick<IncomingEvent, 'name' | 'attributes'>,
  of: (key: string, value: string) => T | undefined,
): T[] {
  // No engine has these: they are marks of ours.
  const keys = Object.keys(attributes).filter((key) => key !== 'noise' && key !== 'engineAction');
  const named = name === undefined || Object.hasOwn(attributes, 'name');
  if (!named) keys.push('name');
  const found: T[] = [];
  for (const key of keys.sort()) {
    const each = of(key, !named && key === 'name' ? name : (attributes[key] as string));
    if (each !== undefined) found.push(each);
  }
  return found;
}
