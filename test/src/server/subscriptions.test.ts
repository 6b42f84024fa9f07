import { NEVER, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import { deliver, inRounds } from '../../../src/collector/delivery.ts';
import { Limits } from '../../../src/server/client-limits.ts';
import { clientNames } from '../../../src/server/names/index.ts';
import { event } from '../../support/events.ts';
import { contextOf } from '../../support/http-server.ts';

const globs = Array.from({ length: 64 }, (_, i) => `*a*b*c${i}d*`);

describe('the rounds of deliveries', () => {
  it.each([
    ['names of usual length', 'container-name-1'],
    ['names made to be slow', 'a'.repeat(500)],
  ])('ask a constant number of questions each, however many clients want how much: %s', (_title, name) => {
    const rounds: (() => void)[] = [];
    const pace = inRounds(new VirtualTimeScheduler(), undefined, (round) => void rounds.push(round));
    const collector = createCollector();
    collector.append(Array.from({ length: 2000 }, () => event({ name })));
    let ended = 0;
    let [items, most, turns] = [0, 0, 0];
    const clients = name.length > 100 ? 2 : 20;
    for (let client = 0; client < clients; client++) {
      const meter = {
        each: 1,
        get items() {
          return items;
        },
        set items(value) {
          items = value;
        },
      };
      const cursor = collector.reader({
        name: clientNames(globs, new Limits(), meter),
        since: 0n,
        follow: false,
      });
      deliver(cursor, { pace, meter }).subscribe({ complete: () => ended++ });
    }
    for (let before = 0; rounds.length > 0; before = items, turns++) {
      rounds.shift()?.();
      most = Math.max(most, items - before);
    }
    expect(ended).toBe(clients);
    expect(items).toBeGreaterThanOrEqual(2000 * 64 * clients);
    // A round, and what the last turn may cost more: a turn of usual names, or one event of slow
    // ones.
    expect(most).toBeLessThan(8192 + 4096 + 64 * 20);
    expect(turns).toBeGreaterThan(items / most - 1);
  });

  it.each([
    ['a slow glob', `*${'a'.repeat(998)}b`, true],
    ['a prefix', `${'a'.repeat(999)}*`, false],
  ])('count what the globs of filters can cost: %s', async (_title, glob, slow) => {
    const collector = createCollector();
    collector.append(Array.from({ length: 100 }, () => event({ action: 'a'.repeat(4096) })));
    const { subscriptions } = contextOf(collector);
    let turns = 0;
    const count = (): void => {
      turns++;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    const query = { filters: { 'event~': [glob] }, since: 0n, follow: false };
    await new Promise<void>((resolve) => {
      subscriptions.open('test', query).start({
        take: ({ kind }) => (kind === 'end' ? resolve() : undefined),
        ...{ paused: NEVER, held: () => undefined, cutOff: () => undefined },
      });
    });
    clearImmediate(next);
    expect(turns >= 40).toBe(slow);
  });
});
