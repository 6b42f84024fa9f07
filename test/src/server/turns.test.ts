import { describe, expect, it, vi } from 'vitest';
import { sharedInTurn, Turns, type Work } from '../../../src/server/turns.ts';

/** Turns that are taken by hand. */
function byHand(): { turns: Turns; turn: () => boolean } {
  const waiting: (() => void)[] = [];
  return {
    turns: new Turns((turn) => void waiting.push(turn)),
    turn: () => {
      const next = waiting.shift();
      next?.();
      return next !== undefined;
    },
  };
}

describe('Turns', () => {
  it('does a constant number of items in a turn, however many clients want how much', async () => {
    for (const clients of [1, 20, 1000]) {
      const { turns, turn } = byHand();
      let items = 0;
      const work = function* (cost: number): Work<number> {
        for (let i = 0; i < 300; i++) {
          items += cost;
          yield cost;
        }
        return cost;
      };
      const results = Array.from({ length: clients }, (_, i) => turns.run(work(1 + (i % 7))));
      let most = 0;
      for (let before = 0; turn(); before = items) most = Math.max(most, items - before);
      // The last item of a turn may cost more than one.
      expect(most).toBeLessThan(512 + 7);
      expect(await Promise.all(results)).toEqual(results.map((_, i) => 1 + (i % 7)));
    }
  });

  it('takes clients in rotation, so that a short one does not wait for a long one', async () => {
    const { turns, turn } = byHand();
    const long = vi.fn<() => void>();
    void turns.run(forEver(long));
    const short = turns.run(forEver(() => undefined, 3));
    turn();
    expect(await short).toBe('done');
    expect(long.mock.calls.length).toBeLessThanOrEqual(512);
  });

  it('drops what is no longer wanted, and says what went wrong', async () => {
    const { turns, turn } = byHand();
    let wanted = true;
    const dropped = turns.run(
      forEver(() => undefined),
      () => wanted,
    );
    const failed = turns.run(broken());
    turn();
    wanted = false;
    turn();
    expect(await dropped).toBeUndefined();
    await expect(failed).rejects.toThrow('broken');
    expect(turn()).toBe(false);
  });
});

function* forEver(each: () => void, steps = Number.POSITIVE_INFINITY): Work<string> {
  for (let i = 0; i < steps; i++) {
    each();
    yield 1;
  }
  return 'done';
}

// oxlint-disable-next-line require-yield -- it breaks before
function* broken(): Work<string> {
  throw new Error('broken');
}

describe('sharedInTurn', () => {
  it('makes an answer once for all that ask in one turn', async () => {
    let made = 0;
    const make = (): number => ++made;
    const shared = sharedInTurn(make);
    expect(await Promise.all([shared(), shared(), shared()])).toEqual([1, 1, 1]);
    expect(await shared()).toBe(2);
    const broken = sharedInTurn(() => {
      throw new Error('broken');
    });
    await expect(Promise.all([broken(), broken()])).rejects.toThrow('broken');
  });
});
