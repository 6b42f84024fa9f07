import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../../src/event.ts';
import { chunk, chunks } from '../../../../src/server/http/http-stream.ts';
import { Blocks } from '../../../../src/server/stream/blocks.ts';
import { event } from '../../../support/events.ts';

const numbered = (count: number, from = 1): EngineEvent[] =>
  Array.from({ length: count }, (_, i) => ({ ...event({ name: `é${from + i}` }), seq: from + i }));

function counting(): { blocks: Blocks; encoded: () => number } {
  let encoded = 0;
  const blocks = new Blocks((each, out) => {
    encoded++;
    out.text(`${each.name}\n`);
  });
  return { blocks, encoded: () => encoded };
}

describe('Blocks', () => {
  it('gives the same bytes to all who ask for the same events', () => {
    const { blocks, encoded } = counting();
    const all = numbered(100);
    const bytes = blocks.of(all);
    expect(bytes.toString('utf8')).toBe(all.map(({ name }) => `${name}\n`).join(''));
    expect(blocks.of([...all])).toBe(bytes);
    expect(encoded()).toBe(100);
  });

  it('encodes an event once, whatever it is asked for with', () => {
    const { blocks, encoded } = counting();
    const all = numbered(100);
    blocks.of(all);
    const odd = all.filter(({ seq }) => seq % 2 === 1);
    expect(blocks.of(odd).toString('utf8')).toBe(odd.map(({ name }) => `${name}\n`).join(''));
    expect(blocks.of(all.slice(10)).toString('utf8')).toContain('é11');
    expect(encoded()).toBe(100);
  });

  it('is not misled by another event of the same number', () => {
    const { blocks } = counting();
    const [first] = numbered(1) as [EngineEvent];
    const other = { ...first, name: 'gap' };
    expect(blocks.of([first]).toString('utf8')).toBe('é1\n');
    expect(blocks.of([other]).toString('utf8')).toBe('gap\n');
    expect(blocks.of([first]).toString('utf8')).toBe('é1\n');
  });

  it('gives each what was asked for, in whatever order and however much came between', () => {
    // Long enough for lines to be forgotten, and with numbers that share a place.
    const text = ({ seq, name }: EngineEvent): string => `${name} ${'é'.repeat((seq % 7) * 20_000)}\n`;
    const asked = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(asked, { minLength: 1, maxLength: 20 }), (lists) => {
        const blocks = new Blocks((each, out) => out.text(text(each)), chunks);
        const events = new Map(lists.flat().map((seq) => [seq, numbered(1, seq)[0] as EngineEvent]));
        for (const list of lists) {
          const some = list.map((seq) => events.get(seq) as EngineEvent);
          const bytes = blocks.of(some);
          expect(bytes.equals(chunk(some.map(text).join('')))).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('holds so many bytes and no more', () => {
    const megabyte = 'x'.repeat(2 ** 20);
    let made = 0;
    const blocks = new Blocks((_, out) => out.text(megabyte), { head: 0, tail: 0, write: () => void made++ });
    const all = numbered(64);
    for (const each of all) blocks.of([each]);
    // The newest are held, the oldest have made room.
    for (const each of all.slice(-8)) blocks.of([each]);
    expect(made).toBe(64);
    blocks.of([all[0] as EngineEvent]);
    expect(made).toBe(65);
  });

  it('overwrites lent bytes once they are returned, and never bytes that a connection still needs', () => {
    const text = ({ seq }: EngineEvent): string => `${String(seq).repeat(1 + (seq % 5) * 4000)}\n`;
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 8 }), (needs) => {
        const blocks = new Blocks((each, out) => out.text(text(each)), chunks);
        const memories = new Set<ArrayBufferLike>();
        const needed: { bytes: Buffer; expected: Buffer }[] = [];
        const all = numbered(3000);
        for (const [i, each] of all.entries()) {
          const need = needs[i % needs.length] as boolean;
          const expected = chunk(text(each));
          const take = (bytes: Buffer): boolean => {
            expect(bytes.equals(expected)).toBe(true);
            memories.add(bytes.buffer);
            if (need) needed.push({ bytes, expected });
            return need;
          };
          blocks.lend([each], take);
          // Again from the held bytes, and from further back.
          blocks.lend([each], take);
          const before = all[i >> 1] as EngineEvent;
          blocks.lend([before], (bytes) => {
            expect(bytes.equals(chunk(text(before)))).toBe(true);
            return false;
          });
        }
        expect(needed.every(({ bytes, expected }) => bytes.equals(expected))).toBe(true);
        const held = (16 * 2 ** 20) / (64 * 2 ** 10);
        // Whatever is needed takes memory of its own.
        expect(memories.size).toBeLessThanOrEqual(
          held + 1 + new Set(needed.map(({ bytes }) => bytes.buffer)).size,
        );
      }),
      { numRuns: 10 },
    );
  });
});
