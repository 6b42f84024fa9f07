import { describe, expect, it } from 'vitest';
import { ITEMS, inTurns, mapInTurns } from '../../src/in-turns.ts';
import { record } from '../support/record.ts';
import { virtualTime } from '../support/virtual-time.ts';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('mapInTurns', () => {
  it('maps a list in turns of 512 items, and emits it once', () => {
    const time = virtualTime();
    let mapped = 0;
    const list = numbers(2 * ITEMS + 1);
    const recording = record(mapInTurns(list, (i) => (mapped++, -i), time.scheduler));
    expect(mapped).toBe(ITEMS);
    time.pass(10);
    expect(mapped).toBe(list.length);
    expect(recording.values).toEqual([list.map((i) => -i)]);
    expect(record(mapInTurns([], String, time.scheduler)).values).toEqual([[]]);
  });

  it('emits an error of any turn, and stops when it is unsubscribed', () => {
    const time = virtualTime();
    for (const bad of [0, ITEMS + 1]) {
      const each = (i: number): number => {
        if (i === bad) throw new Error(`no ${i}`);
        return i;
      };
      const errors: unknown[] = [];
      mapInTurns(numbers(3 * ITEMS), each, time.scheduler).subscribe({
        error: (error) => errors.push(error),
      });
      time.pass(10);
      expect(errors).toEqual([new Error(`no ${bad}`)]);
    }
    let steps = 0;
    const left = record(
      inTurns(function* () {
        for (;;) yield steps++;
      }, time.scheduler),
    );
    left.subscription.unsubscribe();
    time.pass(10);
    expect(steps).toBe(1);
  });
});
