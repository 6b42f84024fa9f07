import { NEVER, of, range, Subject, take } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { emitting } from '../../operators/emitting.ts';
import { later } from '../../operators/later.ts';
import { marbles } from '../support/marbles.ts';

describe('emitting', () => {
  it(
    'gives out what it likes, when it likes',
    marbles(({ hot, expectObservable, expectSubscriptions }, scheduler) => {
      const source = hot('  -a-b-|');
      const subs = '        ^----!';
      const expected = '    -aab-b--|';
      const twice = emitting<string, string>((out) => ({
        next: (value) => {
          out.next(value);
          later(() => out.next(value), value === 'a' ? 1 : 2, scheduler);
        },
        complete: () => void later(() => out.complete(), 3, scheduler),
      }));
      expectObservable(source.pipe(twice)).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'passes an error on once, after the values that it still emits',
    marbles(({ hot, expectObservable }) => {
      const source = hot('  -a-#');
      const expected = '    ---(a#)';
      const held: string[] = [];
      const last = emitting<string, string>((out) => ({
        next: (value) => void held.push(value),
        error: () => held.forEach((value) => out.next(value)),
      }));
      expectObservable(source.pipe(last)).toBe(expected);
    }),
  );

  it('turns an exception into an error, and leaves the source', () => {
    const source = new Subject<string>();
    const errors: unknown[] = [];
    const fails = emitting<string, string>(() => ({
      next: () => {
        throw new Error('failed');
      },
    }));
    source.pipe(fails).subscribe({ error: (error) => errors.push(error) });
    source.next('a');
    expect(errors).toEqual([new Error('failed')]);
    expect(source.observed).toBe(false);
  });

  it('stops a source that emits without a pause when it is left', () => {
    const seen: number[] = [];
    const same = emitting<number, number>((out) => ({ next: (value) => out.next(value) }));
    range(0, Infinity)
      .pipe(same, take(3))
      .subscribe((value) => seen.push(value));
    expect(seen).toEqual([0, 1, 2]);
  });

  it('finalizes once, however it ends', () => {
    const finalize = vi.fn<() => void>();
    const ends = emitting<number, number>((out) => ({ complete: () => out.complete(), finalize }));
    of(1).pipe(ends).subscribe();
    expect(finalize).toHaveBeenCalledTimes(1);
    NEVER.pipe(ends).subscribe().unsubscribe();
    expect(finalize).toHaveBeenCalledTimes(2);
  });
});
