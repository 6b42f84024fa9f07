import { concat, filter, from, of, pipe, range, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type IterableOptions, toAsyncIterable } from '../../operators/toAsyncIterable.ts';

async function all<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const value of iterable) seen.push(value);
  return seen;
}

describe('toAsyncIterable', () => {
  it('gives a loop each value in order, and its end', async () => {
    expect(await all(toAsyncIterable({ limit: 3 })(from([1, 2, 3])))).toEqual([1, 2, 3]);
    expect(await all(pipe(filter(Boolean), toAsyncIterable({ limit: 1 }))(from([0])))).toEqual([]);
  });

  it('waits for values that are to come, each asker in turn', async () => {
    const source = new Subject<number>();
    const iterator = toAsyncIterable({ limit: 2 })(source)[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    source.next(1);
    source.next(2);
    source.complete();
    expect(await Promise.all(asked)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('leaves its source when the loop is left, and subscribes again for each loop', async () => {
    const source = new Subject<number>();
    const iterable = toAsyncIterable({ limit: 2 })(source);
    for (let loop = 0; loop < 2; loop++) {
      const iterator = iterable[Symbol.asyncIterator]();
      expect(source.observed).toBe(false);
      const asked = iterator.next();
      expect(source.observed).toBe(true);
      expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
      expect(await asked).toEqual({ done: true, value: undefined });
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
      expect(source.observed).toBe(false);
    }
  });

  it('fails with the error of the source, once, behind the values before it', async () => {
    const failing = concat(
      of(1, 2),
      throwError(() => new Error('failed')),
    );
    const iterator = toAsyncIterable({ limit: 5 })(failing)[Symbol.asyncIterator]();
    expect([await iterator.next(), await iterator.next()]).toMatchObject([{ value: 1 }, { value: 2 }]);
    await expect(iterator.next()).rejects.toThrow('failed');
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it('ends a loop that is too slow with an error, also with a source that never pauses', async () => {
    const firehose = toAsyncIterable({ limit: 2 })(range(0, Infinity));
    const iterator = firehose[Symbol.asyncIterator]();
    expect([await iterator.next(), await iterator.next()]).toMatchObject([{ value: 0 }, { value: 1 }]);
    await expect(iterator.next()).rejects.toThrow(
      "more than 2 values wait: take them faster, or give an 'overflow'",
    );
  });

  it.each<[IterableOptions<number>['overflow'], number[], number[]]>([
    ['oldest', [4, 5], [1, 2, 3]],
    ['newest', [1, 2], [3, 4, 5]],
  ])('drops the %s if set so, and calls back for each', async (overflow, kept, dropped) => {
    const lost: number[] = [];
    const options = { limit: 2, overflow, onDrop: (value: number) => void lost.push(value) };
    expect(await all(toAsyncIterable(options)(range(1, 5)))).toEqual(kept);
    expect(lost).toEqual(dropped);
  });

  it('makes an error of what onDrop throws, and leaves the source', async () => {
    const source = new Subject<number>();
    const onDrop = (): never => {
      throw new Error('cannot drop');
    };
    const iterator = toAsyncIterable({ limit: 1, overflow: 'oldest', onDrop })(source)[
      Symbol.asyncIterator
    ]();
    const first = iterator.next();
    for (const value of [1, 2, 3]) source.next(value);
    expect(source.observed).toBe(false);
    expect(await first).toMatchObject({ value: 1 });
    expect(await iterator.next()).toMatchObject({ value: 3 });
    await expect(iterator.next()).rejects.toThrow('cannot drop');
  });

  it('refuses bad options at the call', () => {
    expect(() => toAsyncIterable({ limit: 0 })).toThrow('invalid limit 0: a whole number, 1 or more');
    const overflow = 'all' as 'oldest';
    expect(() => toAsyncIterable({ limit: 1, overflow })).toThrow('invalid overflow "all"');
  });
});
