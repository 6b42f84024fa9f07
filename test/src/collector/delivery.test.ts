import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import type { Query } from '../../../src/collector/query.ts';
import { Delivery, inRounds, type Outlet, type Pace } from '../../../src/collector/delivery.ts';
import { event, events } from '../../support/events.ts';

/** One round of the event loop, and the turns in it. */
const round = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
};

interface Connection extends Outlet {
  /** Its output: names of events, and words for other calls. */
  readonly sent: string[];
  /** Count of events that it takes before it has no room. */
  room: number;
  readonly delivery: Delivery;
}

function connect(
  collector: Collector,
  query: Query = {},
  pace: Pace = inRounds(new VirtualTimeScheduler()),
): Connection {
  const sent: string[] = [];
  const take = (what: string): boolean => {
    sent.push(what);
    return --connection.room > 0;
  };
  const connection: Omit<Connection, 'delivery'> = {
    sent,
    room: Number.POSITIVE_INFINITY,
    events: (list) => {
      for (const { name = '' } of list) sent.push(name);
      return --connection.room > 0;
    },
    gap: ({ from, to }) => take(`gap ${from}-${to}`),
    replayed: () => take('replayed'),
    bookmark: (cursor) => take(`bookmark ${cursor}`),
    end: (reason) => void sent.push(`end ${reason}`),
  };
  const delivery = new Delivery(collector.reader(query), connection, pace);
  pace.due(delivery);
  return Object.assign(connection, { delivery });
}

describe('a delivery', () => {
  it('sends what is held, then what comes, in one go for each round', async () => {
    const collector = createCollector();
    collector.append(events(2));
    const lists: number[] = [];
    const connection = connect(collector, { since: 0n });
    const { events: send } = connection;
    connection.events = (list) => {
      lists.push(list.length);
      return send(list);
    };
    await round();
    for (let i = 0; i < 5; i++) collector.append([event({ name: `live${i}` })]);
    await round();
    expect(connection.sent).toEqual(['e0', 'e1', 'replayed', 'live0', 'live1', 'live2', 'live3', 'live4']);
    expect(lists).toEqual([2, 5]);
    connection.delivery.close();
    expect(collector.status.subscriptions).toBe(0);
  });

  it('sends few matches among many events in one go, and runs of events as others read them', async () => {
    const collector = createCollector();
    collector.append(events(3000));
    const sizes = async (query: Query): Promise<number[]> => {
      const lists: number[] = [];
      const connection = connect(collector, query);
      connection.events = (list) => {
        lists.push(list.length);
        return true;
      };
      await round();
      connection.delivery.close();
      return lists;
    };
    expect(await sizes({ since: 0n, name: 'e1*00' })).toEqual([11]);
    const [first, ...others] = await sizes({ since: 0n });
    const last = others.pop();
    expect([first, last]).toEqual([127, 57]);
    expect(new Set(others)).toEqual(new Set([128]));
  });

  it('sends nothing while there is no room, however much comes, and then tells what is gone', async () => {
    const collector = createCollector({ limit: 10 });
    const connection = connect(collector);
    await round();
    connection.room = 1;
    collector.append([event({ name: 'last' })]);
    await round();
    for (let i = 0; i < 100; i++) {
      collector.append(events(10, `n${i}-`));
      await round();
    }
    expect(connection.sent).toEqual(['replayed', 'last']);
    connection.room = Number.POSITIVE_INFINITY;
    connection.delivery.resume();
    await round();
    expect(connection.sent.slice(2)).toEqual(['gap 2-991', ...events(10, 'n99-').map(({ name }) => name)]);
    connection.delivery.close();
  });

  it('waits for room after a lack of room, even if events already read found room again', async () => {
    const collector = createCollector();
    const named = (count: number, name: string): void =>
      collector.append(Array.from({ length: count }, () => event({ name })));
    // Few among many, which are gathered; then runs of a block each.
    named(1, 'x');
    named(126, 'y');
    named(512, 'x');
    const connection = connect(collector, { since: 0n, name: 'x' });
    const lists: number[] = [];
    connection.events = (list) => lists.push(list.length) !== 1;
    await round();
    expect(lists).toEqual([1, 128]);
    connection.delivery.resume();
    await round();
    expect(lists).toEqual([1, 128, 128, 128, 128]);
    connection.delivery.close();
  });

  it('sends what is due before the end, at the pace of the connection', async () => {
    const collector = createCollector();
    collector.append(events(300));
    const connection = connect(collector, { since: 0n });
    connection.room = 1;
    await round();
    collector.complete();
    await round();
    expect(connection.sent.at(-1)).not.toMatch(/^end/);
    while (!connection.sent.at(-1)?.startsWith('end')) {
      connection.room = 1;
      connection.delivery.resume();
      await round();
    }
    expect(connection.sent).toEqual([...events(300).map(({ name }) => name), 'replayed', 'end shutdown']);
    expect(collector.status.subscriptions).toBe(0);
  });

  it('bookmarks after 15 s of silence, also when nothing matches, and never without room', async () => {
    const collector = createCollector();
    const clock = new VirtualTimeScheduler();
    const advance = (ms: number): void => {
      clock.maxFrames = clock.frame + ms;
      clock.flush();
      clock.frame = clock.maxFrames;
    };
    const pace = inRounds(clock);
    const connection = connect(collector, { name: 'nobody' }, pace);
    await round();
    collector.append(events(3));
    advance(14_000);
    expect(connection.sent).toEqual(['replayed']);
    advance(16_000);
    expect(connection.sent).toEqual(['replayed', `bookmark ${collector.newest}`]);
    connection.room = 1;
    advance(15_000);
    advance(60_000);
    expect(connection.sent).toHaveLength(3);
    connection.delivery.close();
    expect(clock.actions).toEqual([]);
  });

  it('gives everyone a turn while one can take for ever', async () => {
    const collector = createCollector();
    collector.append(events(50_000));
    const pace = inRounds(new VirtualTimeScheduler());
    const greedy = connect(collector, { since: 0n }, pace);
    const other = connect(collector, { tail: 1 }, pace);
    await round();
    expect(other.sent).toEqual(['e49999', 'replayed']);
    expect(greedy.sent.length).toBeLessThan(50_000);
    greedy.delivery.close();
    other.delivery.close();
  });

  it('delivers every event once and in order, or says which are gone, whatever the pace', async () => {
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 200 }) }),
      fc.record({ room: fc.integer({ min: 1, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.boolean(), async (steps, named) => {
        const collector = createCollector({ limit: 150 });
        const connection = connect(collector, named ? { name: '*' } : {});
        let made = 0;
        for (const each of steps) {
          if ('append' in each) {
            collector.append(Array.from({ length: each.append }, () => event({ name: String(++made) })));
          } else {
            connection.room = each.room;
            connection.delivery.resume();
          }
          await round();
        }
        connection.room = Number.POSITIVE_INFINITY;
        connection.delivery.resume();
        await round();
        let next = 1;
        for (const what of connection.sent.filter((one) => one !== 'replayed')) {
          const gap = /^gap (\d+)-(\d+)$/.exec(what);
          expect(Number(gap?.[1] ?? what)).toBe(next);
          next = Number(gap?.[2] ?? what) + 1;
        }
        expect(next).toBe(made + 1);
        connection.delivery.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('an outlet that throws', () => {
  const functions = ['events', 'gap', 'replayed', 'bookmark'] as const;

  it.each(functions)('in %s ends its own delivery with the reason error, and no other', async (name) => {
    const collector = createCollector({ limit: 5 });
    const clock = new VirtualTimeScheduler();
    const pace = inRounds(clock);
    const broken = connect(collector, { since: 0n }, pace);
    const boom = new Error('boom');
    broken[name] = () => {
      throw boom;
    };
    const ends: unknown[] = [];
    broken.end = (reason, _, error) => void ends.push(reason, error);
    const other = connect(collector, {}, pace);
    await round();
    collector.append(events(10));
    await round();
    clock.maxFrames = 31_000;
    clock.flush();
    collector.append(events(1, 'last'));
    await round();
    expect(ends).toEqual(['error', boom]);
    expect(other.sent.at(-1)).toBe('last0');
    expect(collector.status.subscriptions).toBe(1);
    other.delivery.close();
  });
});
