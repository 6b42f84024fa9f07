import { BehaviorSubject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import type { Frame } from '../../../src/collector/frames.ts';
import { events } from '../../support/events.ts';

const epoch = 'k3f';
const at = (seq: number): string => formatCursor(epoch, seq);

/** Collects frames until the predicate holds, or the end. */
function frames(
  collector: ReturnType<typeof createCollector>,
  ...args: Parameters<typeof collector.frames>
): { seen: Frame[]; until(kind: Frame['kind']): Promise<void> } {
  const seen: Frame[] = [];
  const waiting: { kind: string; resolve: () => void }[] = [];
  collector.frames(...args).subscribe((frame) => {
    seen.push(frame);
    for (const { kind, resolve } of waiting) if (kind === frame.kind) resolve();
  });
  return {
    seen,
    until: (kind) =>
      seen.some((frame) => frame.kind === kind)
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ kind, resolve })),
  };
}

describe('frames', () => {
  it('tell that the subscription is in effect, of events, of the end of the replay and why the end came', () => {
    const collector = createCollector({ epoch });
    collector.append(events(2));
    const { seen } = frames(collector, { follow: false });
    expect(seen.map((frame) => (frame.kind === 'event' ? [frame.event.name, frame.cursor] : frame))).toEqual([
      { kind: 'ready', oldest: at(1), newest: at(2), durable: undefined },
      ['e0', at(1)],
      ['e1', at(2)],
      { kind: 'replay-end', cursor: at(2) },
      { kind: 'end', reason: 'complete', cursor: at(2) },
    ]);
  });

  it('report a gap', () => {
    const collector = createCollector({ epoch, limit: 1 });
    collector.append(events(5));
    const { seen } = frames(collector, { cursor: at(2), follow: false });
    expect(seen[1]).toEqual({ kind: 'gap', from: at(3), to: at(4), count: 2, reason: 'expired' });
  });

  it('report progress although nothing matches', async () => {
    const collector = createCollector({ epoch });
    const { seen, until } = frames(collector, { name: 'nobody' }, { bookmarkEvery: 1 });
    collector.append(events(3));
    await until('bookmark');
    expect(seen.at(-1)).toEqual({ kind: 'bookmark', cursor: at(3), durable: undefined });
  });

  it('wait while they are not wanted, and lose what is too old by then', () => {
    const collector = createCollector({ epoch, limit: 4 });
    const paused = new BehaviorSubject(true);
    const { seen } = frames(collector, { since: 0n }, { paused });
    collector.append(events(2));
    expect(seen.map(({ kind }) => kind)).toEqual(['ready']);
    paused.next(false);
    expect(seen.map(({ kind }) => kind)).toEqual(['ready', 'event', 'event', 'replay-end']);
    paused.next(true);
    collector.append(events(6));
    paused.next(false);
    expect(seen[4]).toEqual({ kind: 'gap', from: at(3), to: at(4), count: 2, reason: 'overflow' });
    expect(seen.slice(5).map((frame) => frame.kind === 'event' && frame.cursor)).toEqual(
      [5, 6, 7, 8].map(at),
    );
  });

  it('end with the stream', async () => {
    const collector = createCollector({ epoch });
    const { seen, until } = frames(collector, {});
    collector.append(events(1));
    collector.complete();
    await until('end');
    expect(seen.map(({ kind }) => kind)).toEqual(['ready', 'replay-end', 'event', 'end']);
    expect(seen.at(-1)).toEqual({ kind: 'end', reason: 'shutdown', cursor: at(1) });
  });

  it('end with an error for an invalid cursor', () => {
    const collector = createCollector({ epoch });
    expect(() => collector.frames({ cursor: 'k3f:1' })).toThrow(/invalid cursor/);
  });
});
