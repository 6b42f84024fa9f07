import fc from 'fast-check';
import { BehaviorSubject, tap, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import type { Query } from '../../../src/collector/query.ts';
import { parseCursor } from '../../../src/collector/cursor.ts';
import { deliver, inRounds, type Pace } from '../../../src/collector/delivery.ts';
import type { Batch } from '../../../src/collector/frames.ts';
import { event, events } from '../../support/events.ts';

/** One round of the event loop, and the turns in it. */
const round = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
};

interface Connection {
  /** Names of the events that it was sent, and the other frames. */
  readonly sent: string[];
  /** Sizes of the runs of events. */
  readonly runs: number[];
  /** Parts that it takes before it has no room. */
  room: number;
  resume(): void;
  close(): void;
}

function connect(
  collector: Collector,
  query: Query = {},
  pace: Pace = inRounds(new VirtualTimeScheduler()),
  take: (part: Batch) => void = () => undefined,
): Connection {
  const paused = new BehaviorSubject(false);
  const connection = {
    sent: [] as string[],
    runs: [] as number[],
    room: Number.POSITIVE_INFINITY,
    resume: () => paused.next(false),
    close: () => delivery.unsubscribe(),
  };
  const { sent, runs } = connection;
  const send = (part: Batch): void => {
    take(part);
    if (part.kind === 'ready') return;
    if (part.kind === 'events') {
      runs.push(part.events.length);
      for (const { name = '' } of part.events) sent.push(name);
    } else if (part.kind === 'gap') {
      sent.push(`gap ${parseCursor(part.from).seq}-${parseCursor(part.to).seq}`);
    } else if (part.kind === 'end') sent.push(`end ${part.reason}`);
    else sent.push(part.kind === 'bookmark' ? `bookmark ${part.cursor}` : part.kind);
    if (--connection.room <= 0) paused.next(true);
  };
  const delivery = deliver(collector.reader(query), { pace, paused })
    .pipe(tap(send))
    .subscribe({ error: (error: Error) => sent.push(`error ${error.message}`) });
  return connection;
}

describe('a delivery', () => {
  it('sends what is held, then what comes, in one go for each round', async () => {
    const collector = createCollector();
    collector.append(events(2));
    const connection = connect(collector, { since: 0n });
    await round();
    for (let i = 0; i < 5; i++) collector.append([event({ name: `live${i}` })]);
    await round();
    expect(connection.sent).toEqual(['e0', 'e1', 'replay-end', 'live0', 'live1', 'live2', 'live3', 'live4']);
    expect(connection.runs).toEqual([2, 5]);
    connection.close();
    expect(collector.status.subscriptions).toBe(0);
  });

  it('sends few matches among many events in one go, and runs of events as others read them', async () => {
    const collector = createCollector();
    collector.append(events(3000));
    const sizes = async (query: Query): Promise<number[]> => {
      const connection = connect(collector, query);
      await round();
      connection.close();
      return connection.runs;
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
    expect(connection.sent).toEqual(['replay-end', 'last']);
    connection.room = Number.POSITIVE_INFINITY;
    connection.resume();
    await round();
    expect(connection.sent.slice(2)).toEqual(['gap 2-991', ...events(10, 'n99-').map(({ name }) => name)]);
    connection.close();
  });

  it('waits for room after a lack of room, even if events already read found room again', async () => {
    const collector = createCollector();
    const named = (count: number, name: string): void =>
      collector.append(Array.from({ length: count }, () => event({ name })));
    // Few among many, which are gathered; then runs of a block each.
    named(1, 'x');
    named(126, 'y');
    named(512, 'x');
    const connection = connect(collector, { since: 0n, name: 'x' }, undefined, (part) => {
      // Only the first run leaves no room.
      if (part.kind === 'events')
        connection.room = connection.runs.length === 0 ? 1 : Number.POSITIVE_INFINITY;
    });
    await round();
    expect(connection.runs).toEqual([1, 128]);
    connection.resume();
    await round();
    expect(connection.runs).toEqual([1, 128, 128, 128, 128]);
    connection.close();
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
      connection.resume();
      await round();
    }
    expect(connection.sent).toEqual([...events(300).map(({ name }) => name), 'replay-end', 'end shutdown']);
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
    expect(connection.sent).toEqual(['replay-end']);
    advance(16_000);
    expect(connection.sent).toEqual(['replay-end', `bookmark ${collector.newest}`]);
    connection.room = 1;
    advance(15_000);
    advance(60_000);
    expect(connection.sent).toHaveLength(3);
    connection.close();
    expect(clock.actions).toEqual([]);
  });

  it('ends a connection alone that fails at a bookmark or at its end', async () => {
    const clock = new VirtualTimeScheduler();
    const collector = createCollector({ scheduler: clock });
    const pace = inRounds(clock);
    const query = { until: 40_000_000_000n };
    const failing = (kind: Batch['kind']): Connection =>
      connect(collector, query, pace, (part) => {
        if (part.kind === kind) throw new Error(kind);
      });
    const [bookmark, end] = [failing('bookmark'), failing('end')];
    const fine = connect(collector, query, pace);
    await round();
    for (let i = 1; i <= 4; i++) {
      clock.maxFrames = i * 15_000;
      clock.flush();
      // eslint-disable-next-line no-await-in-loop -- one round after the other
      await round();
    }
    const marked = `bookmark ${collector.newest}`;
    expect(bookmark.sent).toEqual(['replay-end', 'error bookmark']);
    expect(end.sent).toEqual(['replay-end', marked, marked, 'error end']);
    expect(fine.sent).toEqual(['replay-end', marked, marked, 'end until']);
    expect(clock.actions).toEqual([]);
  });

  it('gives everyone a turn while one can take for ever', async () => {
    const collector = createCollector();
    collector.append(events(50_000));
    const pace = inRounds(new VirtualTimeScheduler());
    const greedy = connect(collector, { since: 0n }, pace);
    const other = connect(collector, { tail: 1 }, pace);
    await round();
    expect(other.sent).toEqual(['e49999', 'replay-end']);
    expect(greedy.sent.length).toBeLessThan(50_000);
    greedy.close();
    other.close();
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
            connection.resume();
          }
          await round();
        }
        connection.room = Number.POSITIVE_INFINITY;
        connection.resume();
        await round();
        let next = 1;
        for (const what of connection.sent.filter((one) => one !== 'replay-end')) {
          const gap = /^gap (\d+)-(\d+)$/.exec(what);
          expect(Number(gap?.[1] ?? what)).toBe(next);
          next = Number(gap?.[2] ?? what) + 1;
        }
        expect(next).toBe(made + 1);
        connection.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('a receiver that throws', () => {
  it.each(['ready', 'events', 'gap', 'replay-end', 'bookmark', 'end'] as const)(
    'at %s ends its own delivery, and no other',
    async (kind) => {
      const collector = createCollector({ limit: 5 });
      const clock = new VirtualTimeScheduler();
      const pace = inRounds(clock);
      const broken = connect(collector, { since: 0n }, pace, (part) => {
        if (part.kind === kind) throw new Error('boom');
      });
      const other = connect(collector, {}, pace);
      await round();
      collector.append(events(10));
      await round();
      clock.maxFrames = 31_000;
      clock.flush();
      collector.append(events(1, 'last'));
      await round();
      expect(collector.status.subscriptions).toBe(kind === 'end' ? 2 : 1);
      expect(other.sent.at(-1)).toBe('last0');
      collector.complete();
      await round();
      expect(broken.sent.at(-1)).toBe('error boom');
      expect(other.sent.at(-1)).toBe('end shutdown');
      expect(collector.status.subscriptions).toBe(0);
    },
  );
});
