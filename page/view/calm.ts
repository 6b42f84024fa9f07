/** Values that cost time to make, while events arrive. */
import { useEffect, useRef } from 'preact/hooks';
import type { App } from './app.ts';

/** A value is made again at most this often, in ms: it must not flicker. */
const CALM = 400;
/** … and so seldom that making it takes this share of the time at most. */
const SHARE = 0.05;

interface Made<T> {
  readonly value: T;
  readonly now: readonly unknown[];
  readonly later: readonly unknown[];
  /** `performance.now()` from which on it may be made again. */
  readonly next: number;
}

/**
 * Keeps a value while its inputs are the same.
 *
 * @param now inputs whose change makes it again at once
 * @param later inputs whose change makes it again after a while
 */
export function useCalm<T>(
  app: App,
  { now, later }: { readonly now: readonly unknown[]; readonly later: readonly unknown[] },
  make: () => T,
): T {
  const made = useRef<Made<T> | undefined>(undefined);
  const { current } = made;
  const isDue = !isSame(current?.later, later) && performance.now() >= (current?.next ?? 0);
  if (current === undefined || isDue || !isSame(current.now, now)) {
    const begin = performance.now();
    const value = make();
    const end = performance.now();
    made.current = { value, now, later, next: end + Math.max(CALM, (end - begin) / SHARE) };
  }
  const { value, next, later: used } = made.current as Made<T>;
  // A change within the calm is shown after it, even if no other change comes.
  useEffect(() => {
    if (isSame(used, later)) return undefined;
    const timer = setTimeout(() => app.changed(), Math.max(1, next + 1 - performance.now()));
    return () => clearTimeout(timer);
  });
  return value;
}

function isSame(one: readonly unknown[] | undefined, other: readonly unknown[]): boolean {
  return (
    one !== undefined && one.length === other.length && one.every((each, i) => Object.is(each, other[i]))
  );
}
