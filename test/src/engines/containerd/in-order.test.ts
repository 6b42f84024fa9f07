import { NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inOrder } from '../../../../src/engines/containerd/in-order.ts';
import { marbles } from '../../../support/marbles.ts';

const options = { sizeOf: () => 1, maxBytes: 100, maxCount: 100, lost: (count: number) => `lost ${count}` };

describe('answers in order', () => {
  it(
    'of questions that are asked at once',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('  ab---c|   ');
      const answers = { a: cold('---(a|)'), b: cold('(b|)'), c: cold('--(c|)') };
      const expected = '    ---(ab)(c|)';
      const asked = source.pipe(inOrder((value: string) => answers[value as 'a'], options));
      expectObservable(asked).toBe(expected);
    }),
  );

  it('with one answer for each value, where some answer at once and some later', () => {
    const later = new Map<number, Subject<string>>();
    const source = new Subject<number>();
    const out: string[] = [];
    const asked: number[] = [];
    source
      .pipe(
        inOrder((value) => {
          asked.push(value);
          if (value % 3 !== 0) return of(`now ${value}`);
          const answer = new Subject<string>();
          later.set(value, answer);
          return answer;
        }, options),
      )
      .subscribe({ next: (value) => out.push(value), complete: () => out.push('end') });
    for (let value = 0; value < 7; value++) source.next(value);
    source.complete();
    expect(out).toEqual([]);
    const answer = (value: number): void => {
      later.get(value)?.next(`later ${value}`);
      later.get(value)?.complete();
    };
    answer(3);
    expect(out).toEqual([]);
    answer(0);
    expect(out).toEqual(['later 0', 'now 1', 'now 2', 'later 3', 'now 4', 'now 5']);
    answer(6);
    expect(out.slice(6)).toEqual(['later 6', 'end']);
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('has at most 16 questions open', () => {
    let open = 0;
    const source = new Subject<number>();
    const first = new Subject<number>();
    source
      .pipe(
        inOrder(
          (value) => {
            open++;
            return value === 0 ? first : NEVER;
          },
          { ...options, lost: () => -1 },
        ),
      )
      .subscribe();
    for (let value = 0; value < 50; value++) source.next(value);
    expect(open).toBe(16);
    first.complete();
    expect(open).toBe(17);
  });

  it.each([
    ['their number', { maxCount: 3 }],
    ['their bytes', { maxBytes: 3 }],
  ])('bounds values that wait by %s, and tells how many were lost, in their place', (_, bound) => {
    const source = new Subject<string>();
    const first = new Subject<string>();
    const out: string[] = [];
    source
      .pipe(inOrder((value) => (value === 'a' ? first : of(value)), { ...options, ...bound }))
      .subscribe((value) => out.push(value));
    for (const value of 'abcde') source.next(value);
    first.next('a');
    first.complete();
    for (const value of 'fg') source.next(value);
    expect(out).toEqual(['a', 'b', 'c', 'lost 2', 'f', 'g']);
  });

  it('reports a value that alone is too large', () => {
    const source = new Subject<string>();
    const out: string[] = [];
    source
      .pipe(inOrder((value) => of(value), { ...options, sizeOf: (value) => value.length, maxBytes: 3 }))
      .subscribe((value) => out.push(value));
    for (const value of ['a', 'too long', 'b']) source.next(value);
    expect(out).toEqual(['a', 'lost 1', 'b']);
  });

  it('closes open questions and the source when it is unsubscribed, and fails with either', () => {
    const source = new Subject<string>();
    const question = new Subject<string>();
    const subscription = source.pipe(inOrder(() => question, options)).subscribe();
    source.next('a');
    subscription.unsubscribe();
    expect([source.observed, question.observed]).toEqual([false, false]);
    const failures: unknown[] = [];
    const failing = source.pipe(inOrder(() => throwError(() => 'asked'), options));
    failing.subscribe({ error: (error) => failures.push(error) });
    source.next('a');
    source.pipe(inOrder(() => NEVER, options)).subscribe({ error: (error) => failures.push(error) });
    source.error('sent');
    expect(failures).toEqual(['asked', 'sent']);
  });
});
