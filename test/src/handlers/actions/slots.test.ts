import { defer, merge, NEVER, type Observable, type SchedulerLike, Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Slots } from '../../../../src/handlers/actions/slots.ts';
import { marbles } from '../../../support/marbles.ts';

describe('slots', () => {
  it('let so many through at a time, in order', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const slots = new Slots(2, scheduler);
      const a = cold('-----a|');
      const b = cold('--b|');
      const c = cold('   ---c|');
      const d = cold('      --d|');
      const all = [a, b, c, d].map((each) => slots.hold(each as Observable<string>));
      expectObservable(merge(...all)).toBe('--b--ac-d|');
      expectSubscriptions(a.subscriptions).toBe('^-----!');
      expectSubscriptions(b.subscriptions).toBe('^--!');
      expectSubscriptions(c.subscriptions).toBe('---^---!');
      expectSubscriptions(d.subscriptions).toBe('------^--!');
    })();
  });

  it('are freed by errors and by those who leave, and kept from those who left while they waited', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const slots = new Slots(1, scheduler);
      const [a, b, c, d] = [cold('--#'), cold('-----'), cold('-----'), cold('-d|')] as const;
      expectObservable(slots.hold(a)).toBe('--#');
      expectObservable(slots.hold(b), '^---!').toBe('----');
      expectObservable(slots.hold(c), '^--!').toBe('---');
      expectObservable(slots.hold(d)).toBe('-----d|');
      expectSubscriptions(a.subscriptions).toBe('^-!');
      expectSubscriptions(b.subscriptions).toBe('--^-!');
      expectSubscriptions(c.subscriptions).toBe([]);
      expectSubscriptions(d.subscriptions).toBe('----^-!');
    })();
  });

  it('begin each in a turn of the event loop of its own', () => {
    const turns: (() => void)[] = [];
    const schedule = (work: () => void): Subscription => {
      turns.push(work);
      return new Subscription();
    };
    const slots = new Slots(3, { now: () => 0, schedule } as SchedulerLike);
    let begun = 0;
    const each = defer(() => {
      begun++;
      return NEVER;
    });
    merge(slots.hold(each), slots.hold(each), slots.hold(each)).subscribe();
    for (const expected of [0, 1, 2, 3]) {
      expect(begun).toBe(expected);
      expect(turns).toHaveLength(expected < 3 ? 1 : 0);
      turns.shift()?.();
    }
  });
});
