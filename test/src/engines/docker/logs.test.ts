import fc from 'fast-check';
import { firstValueFrom, from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { lastLines } from '../../../../src/engines/docker/logs.ts';

const framed = (stream: number, text: string): Buffer => {
  const bytes = Buffer.from(text);
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};

const read = async (
  bytes: Buffer,
  lines: number,
  cuts: readonly number[] = [],
): Promise<readonly string[]> => {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const chunks = places.slice(1).map((to, i) => bytes.subarray(places[i], to));
  return await firstValueFrom(lastLines(from(chunks), lines));
};

describe('lastLines', () => {
  it('keeps the newest lines of both streams, wherever the bytes are cut', async () => {
    const bytes = Buffer.concat([
      framed(1, 'one\ntwo\n'),
      framed(2, 'thr'),
      framed(2, 'ee é\n'),
      framed(1, 'four'),
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 10 }), async (cuts) => {
        expect(await read(bytes, 3, cuts)).toEqual(['two', 'three é', 'four']);
      }),
    );
  });

  it("takes a terminal's output as it is", async () => {
    expect(await read(Buffer.from('hello\r\nworld\r\n'), 5)).toEqual(['hello', 'world']);
    expect(await read(Buffer.from('hi\r\n'), 5)).toEqual(['hi']);
    expect(await read(Buffer.alloc(0), 5)).toEqual([]);
  });

  it('cuts a line without an end', async () => {
    const [line = '', ...others] = await read(framed(1, 'x'.repeat(10_000_000)), 5);
    expect(others).toEqual([]);
    expect(line).toBe(`${'x'.repeat(4096)}…`);
  });
});
