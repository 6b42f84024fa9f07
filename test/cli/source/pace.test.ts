import { type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { paced } from '../../../cli/source/pace.ts';
import type { Frame } from '../../../src/index.ts';
import { event } from '../../support/events.ts';
import { marbles } from '../../support/marbles.ts';

/** An event of the recording, at a time in ms. */
function at(ms: number): Frame {
  return {
    kind: 'event',
    cursor: `k3f:${ms}`,
    event: { seq: 1, ...event({ name: 'web', timeNano: BigInt(ms) * 1_000_000n }) },
  };
}

const frames: Readonly<Record<string, Frame>> = {
  r: { kind: 'ready', oldest: 'k3f:1', newest: 'k3f:2' },
  e: { kind: 'end', reason: 'complete', cursor: 'k3f:9' },
  a: at(1000),
  b: at(1020),
  c: at(1010),
  d: at(9000),
  l: { kind: 'replay-end', cursor: 'k3f:2' },
  L: { kind: 'replay-end', cursor: 'k3f:1' },
};

describe('paced', () => {
  const CASES = [
    { what: 'waits as long as it took', speed: 1, idle: Infinity, source: '(ab|)', expected: 'a 19ms (b|)' },
    { what: 'is ten times as fast', speed: 10, idle: Infinity, source: '(ab|)', expected: 'a-(b|)' },
    { what: 'is as slow as a tenth', speed: 0.1, idle: Infinity, source: '(ab|)', expected: 'a 199ms (b|)' },
    {
      what: 'never waits longer than the limit',
      speed: 1,
      idle: 50,
      source: '(ad|)',
      expected: 'a 49ms (d|)',
    },
    {
      what: 'delivers an earlier time at once, and counts from the latest',
      ...{ speed: 1, idle: Infinity, source: '(bcd|)', expected: '(bc) 7976ms (d|)' },
    },
    {
      what: 'delivers other frames in their order',
      ...{ speed: 1, idle: Infinity, source: '(abe|)', expected: 'a 19ms (be|)' },
    },
    { what: 'makes all of it live', speed: 1, idle: 0, source: '(rabl|)', expected: '(rLab|)' },
    { what: 'fails at once', speed: 1, idle: Infinity, source: '(ab#)', expected: '(a#)' },
  ];

  it.each(CASES)('$what', ({ speed, idle, source, expected }) => {
    marbles(({ cold, expectObservable }, scheduler) => {
      const out = paced(() => cold(source, frames), { speed, idle, scheduler });
      expectObservable(out).toBe(expected, frames);
    })();
  });

  it('does not wait for hidden events, nor measure from them', () => {
    marbles(({ cold, expectObservable }, scheduler) => {
      const shows = (_: unknown, cursor: string): boolean => cursor !== 'k3f:1020';
      const out = paced(() => cold('(bcd|)', frames), { speed: 1, idle: Infinity, shows, scheduler });
      expectObservable(out).toBe('(bc) 7986ms (d|)', frames);
    })();
  });

  it('reads nothing more while it waits, and no timer outlives it', () => {
    marbles(({ expectObservable }, scheduler) => {
      const source = new Subject<Frame>();
      const seen: boolean[] = [];
      const make = (paused: Observable<boolean>): Observable<Frame> => {
        paused.subscribe((value) => seen.push(value));
        return source;
      };
      const subscription = paced(make, { speed: 1, idle: Infinity, scheduler }).subscribe();
      source.next(at(0));
      source.next(at(5));
      expect(seen.at(-1)).toBe(true);
      scheduler.flush();
      expect(seen.at(-1)).toBe(false);
      source.next(at(9));
      subscription.unsubscribe();
      expect(scheduler.actions).toHaveLength(0);
      expectObservable(source).toBe('');
    })();
  });
});
