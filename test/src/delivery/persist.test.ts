import { defer, EMPTY, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/delivery/outcome.ts';
import { persist, type Persisted } from '../../../src/delivery/persist.ts';
import { marbles } from '../../support/marbles.ts';

const done: Outcome = { result: 'done', detail: 'well', retry: false };
const failed: Outcome = { result: 'failed', detail: 'badly', retry: true };
const hopeless: Outcome = { result: 'failed', detail: 'never', retry: false };

describe('trying again', () => {
  const values: Record<string, Persisted> = {
    1: { ...done, attempts: 1 },
    3: { ...done, attempts: 3 },
    f: { ...failed, attempts: 3 },
    h: { ...hopeless, attempts: 1 },
    o: { ...failed, attempts: 1 },
  };

  it.each([
    ['is not needed after success', [done], 2, '(1|)'],
    ['helps', [failed, failed, done], 2, '3s (3|)'],
    ['ends some time', [failed, failed, failed, done], 2, '3s (f|)'],
    ['is left where it cannot help', [hopeless, done], 2, '(h|)'],
    ['is for rules that want it', [failed, done], 0, '(o|)'],
  ])('%s', (_, outcomes, retries, expected) => {
    marbles(({ expectObservable }, scheduler) => {
      let i = 0;
      const attempt = defer(() => of(outcomes[i++] as Outcome));
      expectObservable(persist(attempt, { retries, scheduler, random: () => 1 })).toBe(expected, values);
    })();
  });

  it('waits longer each time, up to a minute, half of it by chance', () => {
    const waits: number[] = [];
    marbles(({ expectObservable }, scheduler) => {
      const onRetry = (_: Outcome, wait: number): void => void waits.push(wait);
      const options = { retries: 8, scheduler, random: () => 0, onRetry };
      expectObservable(persist(of(failed), options)).toBe('91500ms (f|)', { f: { ...failed, attempts: 9 } });
    })();
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it.each([
    [
      'throws',
      defer((): never => {
        throw new Error('oh');
      }),
      'oh',
    ],
    ['errors', throwError(() => 'a text'), 'a text'],
    ['says nothing', EMPTY, 'it ended without an outcome'],
  ])('is for an attempt that %s, too', (_, attempt, detail) => {
    marbles(({ expectObservable }, scheduler) => {
      const last: Persisted = { result: 'failed', detail, retry: true, attempts: 2 };
      expectObservable(persist(attempt, { retries: 1, scheduler, random: () => 1 })).toBe('1s (l|)', {
        l: last,
      });
    })();
  });

  it('is given up when its subscriber leaves', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const attempt = cold('(f|)', { f: failed });
      expectObservable(persist(attempt, { retries: 9, scheduler, random: () => 1 }), '1500ms !').toBe('');
      expectSubscriptions(attempt.subscriptions).toBe(['(^!)', '1s (^!)']);
    })();
  });
});
