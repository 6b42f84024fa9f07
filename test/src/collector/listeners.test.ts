import fc from 'fast-check';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { byName } from '../../../operators/byName.ts';
import { createCollector } from '../../../src/collector/collector.ts';
import type { EngineEvent, IncomingEvent } from '../../../src/event.ts';
import { event } from '../../support/events.ts';

const NAMES = ['a', 'b', 'c', 'f00dcafe0123'];
const IDS = ['f00dcafe0123', 'deadbeef4567', 'feedface89ab'].map((id) => id.padEnd(64, '0'));

/** One of few containers: it is renamed now and then, and goes. */
const happening: fc.Arbitrary<Partial<IncomingEvent>> = fc
  .record({
    id: fc.constantFrom(...IDS),
    name: fc.constantFrom(...NAMES),
    oldName: fc.constantFrom(...NAMES),
    action: fc.constantFrom('start', 'die', 'rename', 'rename', 'destroy', 'remove'),
  })
  .map(({ oldName, ...parts }) =>
    parts.action === 'rename' ? { ...parts, attributes: { oldName: `/${oldName}` } } : parts,
  );

const happenings = fc.array(happening, { maxLength: 12 });
const patterns = fc.uniqueArray(fc.constantFrom(...NAMES, ...IDS, 'deadbeef4567', '!b', '!deadbeef4567'), {
  minLength: 1,
  maxLength: 3,
});

/** The result of testing each event. */
function tried(events: readonly EngineEvent[], name: readonly string[]): number[] {
  const seqs: number[] = [];
  from(events)
    .pipe(byName(name))
    .subscribe(({ seq }) => seqs.push(seq));
  return seqs;
}

describe('Listeners', () => {
  it('looking names up gives what trying each would, through renames before, during and after the replay', () => {
    fc.assert(
      fc.property(
        happenings,
        fc.array(happenings, { maxLength: 4 }),
        patterns,
        fc.boolean(),
        (before, batches, name, replay) => {
          const collector = createCollector({ limit: 100 });
          const all: EngineEvent[] = [];
          collector.events().subscribe((each) => all.push(each));
          const append = (parts: readonly Partial<IncomingEvent>[]): void =>
            collector.append(parts.map((each) => event(each)));
          append(before);
          const query = replay ? { name, since: 0n } : { name };
          const pushed: number[] = [];
          collector.events(query).subscribe(({ seq }) => pushed.push(seq));
          const reader = collector.reader(query);
          const read: number[] = [];
          for (const [i, batch] of [...batches, [], [], []].entries()) {
            append(batch);
            // Sometimes behind, sometimes not.
            if (i % 2 === 0) read.push(...reader.read(3).events.map(({ seq }) => seq));
          }
          while (reader.lag > 0) read.push(...reader.read(5).events.map(({ seq }) => seq));
          const expected = tried(replay ? all : all.slice(before.length), name);
          expect(pushed).toEqual(expected);
          expect(read).toEqual(expected);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('leaves nothing behind', () => {
    const collector = createCollector();
    const [id] = IDS;
    const subscription = collector.events({ name: 'a' }).subscribe();
    collector.append([event({ id: id!, name: 'b', action: 'rename', attributes: { oldName: 'a' } })]);
    subscription.unsubscribe();
    expect(collector.status.subscriptions).toBe(0);
  });
});
