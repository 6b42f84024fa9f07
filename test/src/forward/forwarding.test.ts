import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import type { Outcome } from '../../../src/delivery/outcome.ts';
import type { EngineEvent } from '../../../src/event.ts';
import type { Forwarder } from '../../../src/forward/forwarder.ts';
import { Forwarding } from '../../../src/forward/forwarding.ts';
import { positionIn } from '../../../src/forward/position.ts';
import { refusedIn } from '../../../src/forward/refused-events.ts';
import type { Held, Item, Sink } from '../../../src/forward/sink.ts';
import { silent } from '../../../src/log.ts';
import { events } from '../../support/events.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { turns } from '../../support/turns.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const done: Outcome = { result: 'done', detail: 'well', retry: false };
const down: Outcome = { result: 'failed', detail: 'it is down', retry: true };
const invalid: Outcome = { result: 'failed', detail: 'it answered 400', retry: false, refusal: 'event' };
const tooLarge: Outcome = { result: 'failed', detail: 'it answered 413', retry: false, refusal: 'size' };

const plain: Omit<Forwarder, 'sink'> = {
  name: 'logs',
  when: { name: [], filters: {} },
  batch: { count: 100, bytes: 2 ** 20, every: 1000 },
  timeout: 5000,
  start: 'oldest',
};

interface Setting {
  readonly collector?: Collector;
  readonly dataDir?: string;
  readonly forwarder?: Partial<Forwarder>;
  readonly encode?: Sink['encode'];
  readonly held?: Sink['held'];
  readonly lost?: Observable<string>;
}

/** A forwarder whose sink answers as the test says; the names of the events of each attempt. */
function forwarding(
  answer: (names: readonly string[]) => Outcome | Observable<Outcome>,
  setting: Setting = {},
) {
  const time = virtualTime();
  const { scheduler } = time;
  const collector = setting.collector ?? createCollector({ scheduler, limit: 1000 });
  const dataDir = setting.dataDir ?? stateDirectory();
  const attempts: string[][] = [];
  const said: string[] = [];
  const say = (_: object, text: string): void => void said.push(text);
  let closed = 0;
  const sink: Sink = {
    encode: setting.encode ?? ((event: EngineEvent) => event.name ?? event.action),
    send: (items: readonly Item[]) => {
      const names = items.map(({ text }) => text);
      attempts.push(names);
      const outcome = answer(names);
      return 'result' in outcome ? of(outcome) : outcome;
    },
    close: () => void closed++,
    ...(setting.held === undefined ? {} : { held: setting.held, lost: setting.lost }),
  };
  const chosen = { kind: 'test', options: {}, target: 'here', start: 'now' as const, open: () => sink };
  const log = { ...silent, warn: say, error: say, info: say };
  const options = { collector, dataDir, log, scheduler, now: time.now, random: () => 1, syncs: false };
  const running = new Forwarding({ ...plain, sink: chosen, ...setting.forwarder }, sink, options);
  const pass = async (ms: number): Promise<void> => {
    for (let rest = ms; rest > 0; rest -= 500) {
      await turns(10);
      time.pass(Math.min(500, rest));
    }
    await turns(10);
  };
  const acknowledged = (): string[] =>
    attempts
      .filter((names) => {
        const outcome = answer(names);
        return 'result' in outcome && outcome.result === 'done';
      })
      .flat();
  return { ...{ attempts, said, running, pass, collector, dataDir, acknowledged }, closed: () => closed };
}

describe('a forwarder', () => {
  it('sends a batch when it is full, or when its first event has waited long enough', async () => {
    const { collector, attempts, pass, running } = forwarding(() => done, {
      forwarder: { batch: { count: 3, bytes: 1000, every: 1000 } },
    });
    collector.append(events(7));
    await pass(500);
    expect(attempts).toEqual([
      ['e0', 'e1', 'e2'],
      ['e3', 'e4', 'e5'],
    ]);
    await pass(1000);
    expect(attempts[2]).toEqual(['e6']);
    expect(running.status).toMatchObject({
      state: 'ok',
      sent: 7,
      lag: 0,
      repeated: 0,
      position: collector.newest,
    });
  });

  it('bounds a batch in bytes; a larger event is a batch by itself', async () => {
    const { collector, attempts, pass } = forwarding(() => done, {
      encode: ({ name = '' }) => (name === 'e2' ? 'x'.repeat(50) : name),
      forwarder: { batch: { count: 100, bytes: 5, every: 1000 } },
    });
    collector.append(events(5));
    await pass(1500);
    expect(attempts).toEqual([['e0', 'e1'], ['x'.repeat(50)], ['e3', 'e4']]);
  });

  it('repeats a failed batch, with longer and longer waits, and keeps the order', async () => {
    let failures = 3;
    const { collector, attempts, pass, running, said } = forwarding(() => (failures-- > 0 ? down : done), {
      forwarder: { batch: { count: 2, bytes: 1000, every: 1 } },
    });
    collector.append(events(4));
    await pass(2000);
    expect(running.status).toMatchObject({
      state: 'retrying',
      detail: 'it is down',
      failed: 2,
      sent: 0,
      lag: 4,
    });
    await pass(6000);
    expect(attempts).toEqual([...Array.from({ length: 4 }, () => ['e0', 'e1']), ['e2', 'e3']]);
    expect(running.status).toMatchObject({ state: 'ok', failed: 3, sent: 4, repeated: 6, lag: 0 });
    expect(running.status.detail).toBe(undefined);
    expect(said).toEqual([
      'forwarder logs: it is down; again in 1000 ms',
      'forwarder logs: its sink accepts events again',
    ]);
  });

  it('waits as long as the sink asks for', async () => {
    let answers = 0;
    const { collector, attempts, pass } = forwarding(() =>
      answers++ === 0 ? { ...down, retryAfter: 10_000 } : done,
    );
    collector.append(events(1));
    await pass(1000 + 9000);
    expect(attempts).toHaveLength(1);
    await pass(1500);
    expect(attempts).toHaveLength(2);
  });

  it('repeats after every failure, also one that a rule would give up', async () => {
    let answers = 0;
    const hopeless: Outcome = { result: 'failed', detail: 'it answered 401', retry: false };
    const { collector, pass, running } = forwarding(() => (answers++ < 2 ? hopeless : done));
    collector.append(events(1));
    await pass(5000);
    expect(running.status).toMatchObject({ sent: 1, failed: 2 });
  });

  it('ends an attempt without an answer, and cancels it', async () => {
    let cancelled = 0;
    let answers = 0;
    const silence = new Observable<Outcome>(() => () => cancelled++);
    const { collector, attempts, pass, running } = forwarding(() => (answers++ === 0 ? silence : done));
    collector.append(events(1));
    await pass(6500);
    expect(running.status).toMatchObject({ state: 'retrying', detail: 'it did not answer within 5000 ms' });
    await pass(1500);
    expect(attempts).toHaveLength(2);
    expect(cancelled).toBe(1);
  });

  it('splits a batch that is too large, and makes smaller ones from then on', async () => {
    const { collector, attempts, pass, running } = forwarding(
      (names) => (names.length > 2 ? tooLarge : done),
      {
        forwarder: { batch: { count: 8, bytes: 1000, every: 1 } },
      },
    );
    collector.append(events(8));
    await pass(1000);
    expect(attempts.map((names) => names.length)).toEqual([8, 4, 2, 2, 4, 2, 2]);
    collector.append(events(8));
    await pass(1000);
    expect(attempts.slice(7).map((names) => names.length)).toEqual([2, 2, 2, 2]);
    expect(running.status).toMatchObject({ sent: 16, refused: 0 });
  });

  it('sets aside the one event that is refused, and tells it', async () => {
    const { collector, dataDir, pass, running, said, acknowledged } = forwarding(
      (names) => (names.includes('e5') ? invalid : done),
      { forwarder: { batch: { count: 8, bytes: 1000, every: 1 } } },
    );
    collector.append(events(8));
    await pass(1000);
    expect(acknowledged()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e6', 'e7']);
    expect(running.status).toMatchObject({ state: 'ok', sent: 7, refused: 1, lag: 0 });
    const [line = '', rest] = readFileSync(refusedIn(dataDir, 'logs'), 'utf8').split('\n');
    expect(JSON.parse(line)).toMatchObject({ reason: 'it answered 400', event: { name: 'e5' } });
    expect(rest).toBe('');
    expect(said).toEqual(['forwarder logs: an event is set aside in logs.refused.ndjson: it answered 400']);
  });

  it('sets aside an event that cannot be encoded, or is too large by itself', async () => {
    const { collector, attempts, pass, running } = forwarding(
      (names) => (names.includes('e2') ? tooLarge : done),
      {
        encode: ({ name = '' }) => {
          if (name === 'e1') throw new Error('no');
          return name;
        },
      },
    );
    collector.append(events(3));
    await pass(1500);
    expect(running.status).toMatchObject({ sent: 1, refused: 2 });
    expect(attempts).toEqual([['e0', 'e2'], ['e0'], ['e2']]);
  });

  it('doubts a sink that refuses everything', async () => {
    const { collector, pass, running } = forwarding(() => invalid);
    collector.append(events(100));
    await pass(2000);
    expect(running.status).toMatchObject({ state: 'retrying', refused: 16, detail: 'it answered 400' });
  });

  it('counts what a sink rejected of a batch that it took', async () => {
    const { collector, pass, running } = forwarding(() => ({ ...done, rejected: 2 }));
    collector.append(events(5));
    await pass(1500);
    expect(running.status).toMatchObject({ sent: 3, refused: 2 });
  });

  it('sends gaps as events: what expired while the sink was down', async () => {
    let isDown = true;
    const { collector, attempts, pass, running } = forwarding(() => (isDown ? down : done), {
      collector: createCollector({ limit: 10 }),
      forwarder: { batch: { count: 2, bytes: 1000, every: 1 } },
    });
    collector.append(events(2, 'a'));
    await pass(500);
    collector.append(events(30, 'b'));
    isDown = false;
    await pass(3000);
    const [first, gap, ...more] = attempts.slice(1);
    expect(first).toEqual(['a0', 'a1']);
    expect(gap?.[0]).toBe('tidings');
    expect([...(gap ?? []).slice(1), ...more.flat()]).toEqual(
      Array.from({ length: 10 }, (_, i) => `b${i + 20}`),
    );
    expect(running.status).toMatchObject({ missed: 20, lag: 0 });
  });

  it('continues where the sink acknowledged, and counts what it repeats', async () => {
    const collector = createCollector({ limit: 1000 });
    const dataDir = stateDirectory();
    const batch = { count: 2, bytes: 1000, every: 1 };
    const first = forwarding((names) => (names.includes('e2') ? new Subject<Outcome>() : done), {
      ...{ collector, dataDir, forwarder: { batch } },
    });
    collector.append(events(6));
    await first.pass(500);
    expect(first.attempts).toEqual([
      ['e0', 'e1'],
      ['e2', 'e3'],
    ]);
    // As if the process had been killed: nothing is closed.
    const second = forwarding(() => done, { collector, dataDir, forwarder: { batch } });
    await second.pass(500);
    expect(second.attempts.flat()).toEqual(['e2', 'e3', 'e4', 'e5']);
    expect(second.running.status).toMatchObject({ sent: 4, repeated: 2 });
  });

  it('begins with the next event if it is new, and misses none from then on', async () => {
    const collector = createCollector({ limit: 1000 });
    const dataDir = stateDirectory();
    collector.append(events(3, 'old'));
    const forwarder = { start: 'now' } as const;
    const first = forwarding(() => down, { collector, dataDir, forwarder });
    await first.running.close();
    collector.append(events(2, 'new'));
    const second = forwarding(() => done, { collector, dataDir, forwarder });
    await second.pass(1500);
    expect(second.attempts).toEqual([['new0', 'new1']]);
    expect(first.closed()).toBe(1);
  });

  it('begins with the oldest event if its position is damaged or of another stream, and tells it', async () => {
    const collector = createCollector({ limit: 1000 });
    collector.append(events(3));
    const dataDir = stateDirectory();
    await forwarding(() => done, { collector, dataDir }).running.close();
    writeFileSync(positionIn(dataDir, 'logs'), 'k3f:2');
    const damaged = forwarding(() => done, { collector, dataDir });
    await damaged.pass(1500);
    expect(damaged.attempts).toEqual([['e0', 'e1', 'e2']]);
    expect(damaged.said[0]).toMatch(/its position cannot be read \(it is damaged\)/);
    await damaged.running.close();

    const other = createCollector({ limit: 1000, epoch: 'other' });
    other.append(events(2, 'o'));
    const elsewhere = forwarding(() => done, { collector: other, dataDir });
    await elsewhere.pass(1500);
    expect(elsewhere.attempts.flat()).toEqual(['tidings', 'o0', 'o1']);
  });

  it('moves over events that do not match', async () => {
    const { collector, pass, running, attempts } = forwarding(() => done, {
      forwarder: { when: { name: ['e3'], filters: {} } },
    });
    collector.append(events(3));
    await pass(500);
    collector.append(events(6));
    await pass(3000);
    expect(attempts).toEqual([['e3']]);
    expect(running.status).toMatchObject({ lag: 0, sent: 1 });
  });

  it('takes a moment to end, for the delivery that is under way', async () => {
    const answer = new Subject<Outcome>();
    const { collector, pass, running } = forwarding(() => answer);
    collector.append(events(1));
    await pass(1500);
    let closed = false;
    const closing = running.close().then(() => (closed = true));
    await turns(5);
    expect(closed).toBe(false);
    answer.next(done);
    await closing;
    expect(running.status).toMatchObject({ sent: 1, lag: 0 });
  });

  it('writes nothing beside its position', async () => {
    const { dataDir, running } = forwarding(() => done);
    await running.close();
    expect(existsSync(refusedIn(dataDir, 'logs'))).toBe(false);
  });
});

describe('a forwarder to a sink that holds a position', () => {
  const each = { batch: { count: 1, bytes: 1000, every: 1 } };

  it('continues after the last event that the sink holds, forwards', async () => {
    const held = new Subject<Held>();
    const { collector, attempts, pass, running } = forwarding(() => done, {
      held: () => held,
      forwarder: each,
    });
    const list = events(5);
    collector.append(list);
    await pass(500);
    expect(attempts).toEqual([]);
    held.next({ cursor: formatCursor(collector.epoch, 3) });
    await pass(1000);
    expect(attempts.flat()).toEqual(['e3', 'e4']);
    expect(running.status).toMatchObject({ state: 'ok', sent: 2, lag: 0 });
  });

  it('goes back if the sink lost events that it had acknowledged', async () => {
    let store: number[] = [];
    let down = false;
    const { collector, pass, running, said } = forwarding(
      (names) => {
        if (down) return { result: 'failed', detail: 'another end', retry: true };
        store.push(...names.map((name) => Number(name.slice(1))));
        return done;
      },
      {
        held: () =>
          of(store.length === 0 ? 'nothing' : { cursor: formatCursor(collector.epoch, store.length) }),
        forwarder: each,
      },
    );
    collector.append(events(6));
    await pass(1000);
    expect(store).toEqual([0, 1, 2, 3, 4, 5]);
    down = true;
    collector.append(events(7).slice(6));
    await pass(500);
    store = store.slice(0, 2);
    down = false;
    await pass(5000);
    expect(store).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(said).toContain('forwarder logs: its sink has lost events 3 to 6: they are sent again');
    expect(running.status).toMatchObject({ state: 'ok', lag: 0 });
  });

  it('begins with the oldest event if the sink never held one, and keeps its own position if that expired', async () => {
    const dataDir = stateDirectory();
    const first = forwarding(() => done, { dataDir, held: () => of('nothing'), forwarder: each });
    first.collector.append(events(3));
    await first.pass(500);
    expect(first.attempts.flat()).toEqual(['e0', 'e1', 'e2']);
    await first.running.close();
    const { collector } = first;
    const expired = forwarding(() => done, {
      dataDir,
      collector,
      held: () => of('unknown'),
      forwarder: each,
    });
    await expired.pass(500);
    expect(expired.attempts).toEqual([]);
    await expired.running.close();
    const renewed = forwarding(() => done, {
      dataDir,
      collector,
      held: () => of('nothing'),
      forwarder: each,
    });
    await renewed.pass(500);
    expect(renewed.attempts.flat()).toEqual(['e0', 'e1', 'e2']);
  });

  it('reports events of a former journal as a gap, but only once', async () => {
    const dataDir = stateDirectory();
    const last = formatCursor('former1', 7);
    const { collector, attempts, pass } = forwarding(() => done, {
      dataDir,
      held: () => of({ cursor: last }),
      encode: ({ action, name }) => name ?? action,
      forwarder: { ...each, when: { name: [], filters: {} } },
    });
    collector.append(events(2));
    await pass(1000);
    expect(attempts.flat()).toEqual(['tidings', 'e0', 'e1']);
    const again = forwarding(() => done, {
      ...{ dataDir, collector, held: () => of({ cursor: last }), forwarder: each },
    });
    await again.pass(1000);
    expect(again.attempts).toEqual([]);
  });

  it('asks again after a connection was lost without an event, and says when it is back', async () => {
    const lost = new Subject<string>();
    let asked = 0;
    const { pass, running, said } = forwarding(() => done, {
      held: (newest) => {
        asked++;
        if (asked === 2) throw new Error('it is away');
        return of({ cursor: newest });
      },
      lost,
      forwarder: each,
    });
    await pass(500);
    lost.next('the connection was lost');
    expect(running.status).toMatchObject({ state: 'retrying', detail: 'the connection was lost' });
    await pass(5000);
    expect(asked).toBe(3);
    expect(running.status.state).toBe('ok');
    expect(said.at(-1)).toBe('forwarder logs: its sink accepts events again');
  });
});
