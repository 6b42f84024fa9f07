import { defer, filter, map, type OperatorFunction } from 'rxjs';
import { checkCount } from './check.ts';
import { containerKey } from './container-key.ts';
import { dropOldest } from './drop-oldest.ts';
import { exitCodeOf } from './exit-code.ts';
import type { Described, Named, Sourced, Timed } from './shapes.ts';
import { isEnd, isRemoval } from './words.ts';

/** A container's run, from the event of its start to the event of its end. */
export interface Run<T> extends Named {
  readonly id: string;
  readonly name: string | undefined;
  /** Undefined if the start was not seen: it was before the stream, or lost. */
  readonly start: T | undefined;
  /** Undefined if the end was not seen: the container was started again, removed, or dropped. */
  readonly end: T | undefined;
  /**
   * Nanoseconds, by the times that the events state; negative if the engine's clock was set back
   * meanwhile.
   */
  readonly duration: bigint | undefined;
  readonly exitCode: number | undefined;
}

/** Options of `runs`. */
export interface RunsOptions {
  /**
   * Most runs followed at once, 1 or more; beyond it, the longest one is dropped. Default 10,000.
   */
  readonly limit?: number | undefined;
}

/**
 * Emits each run of a container at its end, with its duration and exit code. A run with a missing
 * start or end is emitted without it, as soon as that is certain. Runs that have not ended when the
 * source completes are not emitted.
 *
 * Memory: the start event of each current run, up to `limit`; a run dropped to make room is emitted
 * without its end.
 *
 * @throws RangeError at the call if `limit` is not a whole number, 1 or more
 */
export function runs<T extends Timed & Named & Described & Sourced>(
  options: RunsOptions = {},
): OperatorFunction<T, Run<T>> {
  const { limit = 10_000 } = options;
  checkCount('limit', limit, 1);
  return (source) =>
    defer(() => {
      const started = new Map<string, T>();
      const take = (key: string): T | undefined => {
        const start = started.get(key);
        started.delete(key);
        return start;
      };
      return source.pipe(
        map((event) => {
          if (event.type !== 'container') return undefined;
          const { action } = event;
          if (action === 'start') {
            const key = containerKey(event);
            const missed = take(key);
            started.set(key, event);
            return openEnded(missed ?? (started.size > limit ? dropOldest(started) : undefined));
          }
          if (isEnd(event)) return run(take(containerKey(event)), event);
          return isRemoval(action) ? openEnded(take(containerKey(event))) : undefined;
        }),
        filter((found) => found !== undefined),
      );
    });
}

function openEnded<T extends Timed & Named & Described>(start: T | undefined): Run<T> | undefined {
  return start === undefined ? undefined : run(start, undefined);
}

function run<T extends Timed & Named & Described>(start: T | undefined, end: T | undefined): Run<T> {
  const id = (end ?? start)?.id ?? '';
  const name = end?.name ?? start?.name;
  const duration = start === undefined || end === undefined ? undefined : end.timeNano - start.timeNano;
  return {
    id,
    name,
    start,
    end,
    duration,
    exitCode: end === undefined ? undefined : exitCodeOf(end.attributes),
  };
}
