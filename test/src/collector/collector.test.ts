import { asyncScheduler, concat, EMPTY, from, NEVER, Subject, throwError } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import type { EngineEvent, IncomingEvent } from '../../../src/event.ts';
import { event, events } from '../../support/events.ts';
import { marbles } from '../../support/marbles.ts';

/** The events delivered by a subscription so far, by name. */
function collect(
  collector: Collector,
  ...args: Parameters<Collector['events']>
): { names: string[]; seqs: number[]; done: () => string } {
  const names: string[] = [];
  const seqs: number[] = [];
  let done = 'open';
  collector.events(...args).subscribe({
    next: (e) => (
      names.push(e.action === 'gap' ? `gap:${e.attributes['count']}` : (e.name ?? '')),
      seqs.push(e.seq)
    ),
    error: (error: Error) => (done = error.message),
    complete: () => (done = 'complete'),
  });
  return { names, seqs, done: () => done };
}

describe('createCollector', () => {
  it('numbers events of all sources in one order', () => {
    const collector = createCollector();
    const seen = collect(collector);
    const a = new Subject<IncomingEvent>();
    const b = new Subject<readonly IncomingEvent[]>();
    collector.attach(a);
    collector.attach(b);
    a.next(event({ name: 'a1' }));
    b.next(events(2, 'b'));
    a.next(event({ name: 'a2' }));
    expect(seen.names).toEqual(['a1', 'b0', 'b1', 'a2']);
    expect(seen.seqs).toEqual([1, 2, 3, 4]);
  });

  it('turns the error of a source into a gap event and continues with the others', () => {
    const collector = createCollector();
    const seen = collect(collector);
    collector.attach(
      concat(
        from(events(1)),
        throwError(() => new Error('engine on fire')),
      ),
    );
    collector.append(events(1, 'f'));
    expect(seen.names).toEqual(['e0', 'gap:undefined', 'f0']);
  });

  it('numbers an event that another collector has numbered without touching it', () => {
    const one = createCollector();
    const two = createCollector();
    const [e] = events(1) as [IncomingEvent];
    let first: EngineEvent | undefined;
    one.events().subscribe((each) => (first = each));
    two.append(events(3));
    one.append([e]);
    two.append([e]);
    expect(first?.seq).toBe(1);
    expect(two.newest).toBe(formatCursor(two.epoch, 4));
  });

  describe('replay meets live', () => {
    it('delivers once what was held and what comes', () => {
      const collector = createCollector();
      collector.append(events(3));
      const seen = collect(collector, { since: 0n });
      collector.append(events(2, 'f'));
      expect(seen.names).toEqual(['e0', 'e1', 'e2', 'f0', 'f1']);
    });

    it('delivers once what arrives while replaying, from inside the subscriber too', () => {
      const collector = createCollector();
      collector.append(events(3));
      const seqs: number[] = [];
      collector.events({ since: 0n }).subscribe((e) => {
        seqs.push(e.seq);
        if (e.seq <= 3) collector.append(events(1, `r${e.seq}-`));
      });
      expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
    });

    it('keeps the order for everyone when a subscriber appends', () => {
      const collector = createCollector();
      collector.events().subscribe((e) => {
        if (e.name === 'e0') collector.append(events(1, 'inner'));
      });
      const seen = collect(collector);
      collector.append(events(2));
      expect(seen.names).toEqual(['e0', 'e1', 'inner0']);
    });

    it('is exact for one that subscribes from inside another', () => {
      const collector = createCollector();
      let late: { seqs: number[] } | undefined;
      collector.events().subscribe(() => (late ??= collect(collector, { since: 0n })));
      collector.append(events(300));
      expect(late?.seqs).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    });

    it('is live only without since', () => {
      const collector = createCollector();
      collector.append(events(3));
      const seen = collect(collector);
      collector.append(events(1, 'f'));
      expect(seen.names).toEqual(['f0']);
    });
  });

  describe('window', () => {
    it('is closed at both ends', () => {
      const collector = createCollector();
      collector.append(events(5));
      const seen = collect(collector, { since: 2_000_000n, until: 4_000_000n });
      expect(seen.names).toEqual(['e1', 'e2', 'e3']);
      expect(seen.done()).toBe('complete');
    });

    it('compares nanoseconds', () => {
      const collector = createCollector();
      collector.append([event({ timeNano: 10n, name: 'in' }), event({ timeNano: 11n, name: 'out' })]);
      expect(collect(collector, { since: 10n, until: 10n }).names).toEqual(['in']);
    });

    it('refuses since after until, at the call', () => {
      expect(() => createCollector().events({ since: 2n, until: 1n })).toThrow(
        "'since' time cannot be after 'until' time",
      );
    });

    it(
      'ends when the clock gets to until, with nothing after it',
      marbles(({ hot, expectObservable, cold }, scheduler) => {
        const collector = createCollector({ scheduler });
        const at = (ms: number): IncomingEvent => event({ name: `${ms}`, timeNano: BigInt(ms) * 1_000_000n });
        collector.attach(hot('--a--b--c', { a: at(2), b: at(5), c: at(8) }));
        const seen = collector.events({ until: 5_000_000n });
        expectObservable(seen).toBe('--a--(b|)', { a: { ...at(2), seq: 1 }, b: { ...at(5), seq: 2 } });
        expectObservable(cold('|')).toBe('|');
      }),
    );

    it(
      'waits for an until farther than timers reach',
      marbles(({ expectObservable }, scheduler) => {
        const days = 30;
        const collector = createCollector({ scheduler });
        const until = BigInt(days * 86_400_000) * 1_000_000n;
        expectObservable(collector.events({ until })).toBe(`${days}d |`.replace('30d', `${days * 86_400}s`));
      }),
      60_000,
    );
  });

  describe('cancelling', () => {
    it('ends at once by the signal, before, during and after the replay', () => {
      const collector = createCollector();
      collector.append(events(3));
      const before = collect(collector, { since: 0n }, { signal: AbortSignal.abort() });
      expect(before).toMatchObject({ names: [] });
      const during = new AbortController();
      const names: string[] = [];
      collector.events({ since: 0n }, { signal: during.signal }).subscribe((e) => {
        names.push(e.name ?? '');
        if (e.seq === 2) during.abort();
      });
      expect(names).toEqual(['e0', 'e1']);
      const after = new AbortController();
      const seen = collect(collector, { since: 0n }, { signal: after.signal });
      after.abort();
      collector.append(events(1, 'f'));
      expect(seen.names).toEqual(['e0', 'e1', 'e2']);
      expect(seen.done()).toBe('complete');
      expect(collector.status.subscriptions).toBe(0);
    });
  });

  describe('names and filters', () => {
    it('selects by exact name, id, prefix of an id, glob, regular expression and negation', () => {
      const collector = createCollector();
      const id = 'abcdef012345'.padEnd(64, '0');
      const wanted = ['web', id, id.slice(0, 12), 'we*', '/^w.b$/', '!db'].map((name) =>
        collect(collector, { name }),
      );
      collector.append([event({ name: 'db', id: 'd'.repeat(64) }), event({ name: 'web', id })]);
      expect(wanted.map(({ names }) => names)).toEqual(Array.from({ length: 6 }, () => ['web']));
    });

    it('follows a container through a rename', () => {
      const collector = createCollector();
      const seen = collect(collector, { name: 'old' });
      const id = 'f'.repeat(64);
      collector.append([
        event({ name: 'old', id, action: 'start' }),
        event({ name: 'new', id, action: 'rename', attributes: { oldName: '/old' } }),
        event({ name: 'new', id, action: 'die' }),
        event({ name: 'other', id: 'e'.repeat(64) }),
      ]);
      expect(seen.seqs).toEqual([1, 2, 3]);
    });

    it('refuses a bad pattern at the call', () => {
      expect(() => createCollector().events({ name: '/(/' })).toThrow('position 1');
    });

    it('filters as Docker does', () => {
      const collector = createCollector();
      const seen = collect(collector, { filters: { event: ['die', 'oom'], type: ['container'] } });
      collector.append([event({ action: 'die' }), event({ action: 'oom', type: 'daemon' }), event()]);
      expect(seen.seqs).toEqual([1]);
    });
  });

  describe('gaps', () => {
    it('reports events that made room for others before the subscription', () => {
      const collector = createCollector({ limit: 2 });
      collector.append(events(5));
      expect(collect(collector, { since: 0n }).names).toEqual(['gap:3', 'e3', 'e4']);
      expect(collect(collector, { since: 4_000_000n }).names.at(-1)).toBe('e4');
    });

    it('passes a gap whatever the filter', () => {
      const collector = createCollector({ limit: 1 });
      collector.append(events(3));
      expect(collect(collector, { since: 0n, name: 'e2' }).names).toEqual(['gap:2', 'e2']);
    });

    it('loses nothing when a batch is larger than the ring', () => {
      const collector = createCollector({ limit: 3 });
      const all = collect(collector);
      const one = collect(collector, { name: 'e7' });
      collector.append(events(10));
      expect(all.names).toHaveLength(10);
      expect(one.names).toEqual(['e7']);
    });
  });

  describe('cursor', () => {
    it('resumes after it', () => {
      const collector = createCollector();
      collector.append(events(3));
      expect(collect(collector, { cursor: formatCursor(collector.epoch, 2) }).names).toEqual(['e2']);
    });

    it('of another stream is answered with a gap and everything', () => {
      const collector = createCollector();
      collector.append(events(2));
      expect(collect(collector, { cursor: formatCursor('zzz', 9) }).names).toEqual(['gap:0', 'e0', 'e1']);
    });

    it('of the future is an error', () => {
      const collector = createCollector();
      expect(collect(collector, { cursor: formatCursor(collector.epoch, 9) }).done()).toMatch(
        /ahead of the stream/,
      );
    });
  });

  describe('tail and follow', () => {
    it('takes the newest that match', () => {
      const collector = createCollector();
      collector.append(events(500));
      expect(collect(collector, { tail: 2 }).names).toEqual(['e498', 'e499']);
      expect(collect(collector, { tail: 2, name: '/^e.$/' }).names).toEqual(['e8', 'e9']);
      expect(collect(collector, { tail: 0 }).names).toEqual([]);
      expect(collect(collector, { tail: 1000 }).names).toHaveLength(500);
    });

    it('completes after the held events when not following', () => {
      const collector = createCollector();
      collector.append(events(2));
      const seen = collect(collector, { follow: false });
      expect(seen.names).toEqual(['e0', 'e1']);
      expect(seen.done()).toBe('complete');
    });

    it.each([[{ tail: -1 }], [{ tail: 1.5 }], [{ tail: Number.NaN }]])('refuses %o', (query) => {
      expect(() => createCollector().events(query)).toThrow(/invalid tail .*: a whole number/);
    });
  });

  describe('others', () => {
    let unhandled: unknown[];
    beforeEach(() => {
      unhandled = [];
      vi.useFakeTimers();
    });
    afterEach(() => void vi.useRealTimers());

    it('never notice a subscriber that throws', () => {
      const collector = createCollector();
      collector.events().subscribe(() => {
        throw new Error('mine alone');
      });
      const seen = collect(collector);
      collector.append(events(2));
      expect(seen.names).toEqual(['e0', 'e1']);
      try {
        vi.runAllTimers();
      } catch (error) {
        unhandled.push(error);
      }
      expect(unhandled).toEqual([new Error('mine alone')]);
    });

    it('leave no timer behind', () => {
      const collector = createCollector({ scheduler: asyncScheduler });
      const until = BigInt(Date.now() + 60_000) * 1_000_000n;
      const subscription = collector.events({ until }).subscribe();
      expect(vi.getTimerCount()).toBe(1);
      subscription.unsubscribe();
      expect(vi.getTimerCount()).toBe(0);
      expect(collector.status.subscriptions).toBe(0);
    });
  });

  it('ends every subscription when it completes, and takes nothing more', () => {
    const collector = createCollector();
    collector.attach(NEVER);
    collector.attach(EMPTY);
    const seen = collect(collector);
    collector.append(events(1));
    collector.complete();
    collector.append(events(1));
    expect(seen.names).toEqual(['e0']);
    expect(seen.done()).toBe('complete');
    expect(collect(collector).done()).toBe('complete');
  });
});
