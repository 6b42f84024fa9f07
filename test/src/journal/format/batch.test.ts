import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../../src/event.ts';
import { type Batch, blocksOf, readBatch } from '../../../../src/journal/format/batch.ts';
import { ByteReader, ByteWriter } from '../../../../src/journal/format/byte-stream.ts';
import { ChunkWriter } from '../../../../src/journal/format/chunk.ts';
import { EventEncoder } from '../../../../src/journal/format/event-codec.ts';
import { EventList } from '../../../../src/journal/format/event-list.ts';
import { Rows } from '../../../../src/journal/format/event-rows.ts';
import { TemplateSet } from '../../../../src/journal/format/templates.ts';
import { cursorAndEvent } from '../../../support/arbitraries.ts';
import { event } from '../../../support/events.ts';

const SALT = 7;

const numbered = (parts: Parameters<typeof event>[0], seq: number): EngineEvent => ({ ...event(parts), seq });

/** The bytes of a chunk whose blocks hold these events. */
function chunkOf(blocks: readonly (readonly EngineEvent[])[]): Buffer {
  const writer = new ChunkWriter(1, SALT);
  for (const block of blocks) {
    for (const each of block) writer.add(each, 0);
    writer.seal();
  }
  return writer.bytes;
}

const most = (limit: number): { limit: number; budget: { work: number } } => ({
  limit,
  budget: { work: Infinity },
});

const selected = (batch: Batch, wanted: Partial<Parameters<Batch['select']>[2]>): EngineEvent[] => {
  const out: EngineEvent[] = [];
  batch.select(batch.first, batch.next, { stopsAtRename: false, ...wanted }, most(Infinity), out);
  return out;
};

describe('a batch', () => {
  it('gives back exactly what was encoded, in as many blocks as it comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cursorAndEvent, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
        (all) => {
          let seq = 1;
          const blocks = all.map((block) => block.map(({ event }) => ({ ...event, seq: seq++ })));
          const decoded = readBatch(chunkOf(blocks), 1, SALT).events();
          expect(decoded).toEqual(blocks.flat());
          expect(decoded.map(({ attributes }) => Object.keys(attributes))).toEqual(
            blocks.flat().map(({ attributes }) => Object.keys(attributes)),
          );
        },
      ),
    );
  });

  it('makes events whatever event a condition looked at before', () => {
    let seq = 1;
    const of = (id: string, attributes: Record<string, string>): EngineEvent =>
      numbered({ id, name: id, action: 'die', attributes }, seq++);
    const numbers = Array.from({ length: 40 }, (_, i) => String(i));
    const events = [
      ...numbers.map((x) => of('a', { x })),
      ...numbers.map((y) => of('b', { y, z: `${y}!` })),
      of('a', { x: 'last' }),
    ];
    const batch = readBatch(chunkOf([events]), 1, SALT);
    expect(selected(batch, { condition: ({ attributes }) => attributes['x'] === 'last' })).toEqual([
      events.at(-1),
    ]);
    expect(batch.events()).toEqual(events);
  });

  it('selects as a test of every event does', () => {
    const few = fc.constantFrom('die', 'start', 'rename', '');
    const events = fc.array(
      fc.record({
        timeNano: fc.bigInt(-3n, 3n),
        action: few,
        id: fc.constantFrom('a', 'b'),
        attributes: fc.dictionary(fc.constantFrom('x', 'y', '__proto__'), few),
      }),
      { maxLength: 100 },
    );
    const condition: fc.Arbitrary<(event: EngineEvent) => boolean> = fc.constantFrom(
      ({ action }) => action === 'die',
      ({ id, action }) => id === 'a' && action !== 'start',
      ({ attributes }) => attributes['x'] === 'die',
      ({ attributes }) => Object.hasOwn(attributes, 'y'),
      ({ seq, timeNano }) => (BigInt(seq) + timeNano) % 2n === 0n,
      ({ attributes, action }) => Object.values(attributes).includes(action),
    );
    const edge = fc.option(fc.bigInt(-4n, 4n), { nil: undefined });
    fc.assert(
      fc.property(events, condition, edge, edge, (parts, condition, since, until) => {
        const all = parts.map((each, i) => numbered(each, i + 1));
        const batch = readBatch(chunkOf([all]), 1, SALT);
        const right = all.filter(
          (each) =>
            condition(each) &&
            (since === undefined || each.timeNano >= since) &&
            (until === undefined || each.timeNano <= until),
        );
        // The second round uses remembered results.
        for (let i = 0; i < 2; i++) expect(selected(batch, { condition, since, until })).toEqual(right);
      }),
    );
  });

  it('tests a condition on what a template holds once for all of its events', () => {
    const all = Array.from({ length: 300 }, (_, i) =>
      numbered({ id: `c${i % 3}`, action: 'die', attributes: { image: 'web', execID: `${i}` } }, i + 1),
    );
    const batch = readBatch(chunkOf([all]), 1, SALT);
    let calls = 0;
    const ofImage = ({ attributes }: EngineEvent): boolean => {
      calls++;
      return attributes['image'] === 'web';
    };
    expect(selected(batch, { condition: ofImage }).length).toBe(300);
    expect(calls).toBeLessThan(60);
    const ofExec = ({ attributes }: EngineEvent): boolean => attributes['execID'] === '299';
    expect(selected(batch, { condition: ofExec })).toEqual([all[299]]);
  });

  it('ends after a rename if asked, and at its limit', () => {
    const all = ['start', 'rename', 'die', 'die'].map((action, i) => numbered({ action }, i + 1));
    const batch = readBatch(chunkOf([all]), 1, SALT);
    const out: EngineEvent[] = [];
    expect(batch.select(1, 5, { stopsAtRename: true }, most(10), out)).toBe(3);
    expect(batch.select(3, 5, { stopsAtRename: true }, most(3), out)).toBe(4);
    expect(out).toEqual(all.slice(0, 3));
  });

  it('examines as many events as its budget allows, and at least one', () => {
    const all = Array.from({ length: 100 }, (_, i) => numbered({ action: 'die' }, i + 1));
    const batch = readBatch(chunkOf([all]), 1, SALT);
    const none = { condition: () => false, stopsAtRename: false };
    const budget = { work: 50 };
    // Work for one test, and for as many events as are left.
    expect(batch.select(1, 101, none, { limit: 10, budget }, [])).toBe(19);
    expect(budget.work).toBeLessThanOrEqual(0);
    expect(batch.select(19, 101, none, { limit: 10, budget }, [])).toBe(20);
  });

  it('holds any time, however far from the one before', () => {
    const times = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 63n - 9n, 1n, 1n + 2n ** 52n];
    const all = times.map((timeNano, i) => numbered({ timeNano }, i + 1));
    const batch = readBatch(chunkOf([all]), 1, SALT);
    expect(batch.events().map(({ timeNano }) => timeNano)).toEqual(times);
    expect(selected(batch, { since: 2n ** 62n }).map(({ timeNano }) => timeNano)).toEqual([
      times[2],
      times[4],
    ]);
  });

  it('ends before the first damaged block', () => {
    const bytes = chunkOf([[numbered({}, 1)], [numbered({}, 2)], [numbered({}, 3)]]);
    const second = [...blocksOf(bytes, 1, SALT)][1]?.block;
    bytes[second?.start ?? 0]! ^= 1;
    expect(readBatch(bytes, 1, SALT).next).toBe(2);
  });
});

describe('rows', () => {
  it('write a text once', () => {
    const out = new ByteWriter(16);
    const encoder = new EventEncoder(out);
    encoder.encode(numbered({ attributes: { image: 'registry.example/shop/web:1.2.3' } }, 1));
    const once = out.length;
    encoder.encode(numbered({ attributes: { image: 'registry.example/shop/web:1.2.3' } }, 2));
    expect(out.length - once).toBeLessThan(16);
  });

  it('refuse bytes that are cut', () => {
    const out = new ByteWriter(16);
    new EventEncoder(out).encode(numbered({ attributes: { a: 'b' } }, 1));
    for (let end = 0; end < out.length; end++)
      expect(() => new Rows().read(new ByteReader(out.bytes, 0, end))).toThrow(RangeError);
  });
});

describe('templates', () => {
  it('are few if values vary', () => {
    const out = new ByteWriter(16);
    const encoder = new EventEncoder(out);
    const [rows, list] = [new Rows(), new EventList()];
    const templates = new TemplateSet(rows);
    for (let i = 0; i < 1000; i++)
      encoder.encode(numbered({ id: `c${i % 5}`, attributes: { a: 'b', execID: `${i}`, image: 'x' } }, i));
    const part = new ByteReader(out.bytes, 0, out.length);
    while (!part.done) {
      rows.read(part);
      list.push(rows, templates);
    }
    expect(templates.starts.length).toBeLessThan(30);
    expect(list.values.length).toBeGreaterThan(970);
  });
});
