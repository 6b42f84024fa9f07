import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { decodeFrame, encodeFrame } from '../../../src/encoders/ndjson.ts';
import { encodeEvent } from '../../../src/encoders/ndjson-event.ts';
import { frames } from '../../support/arbitraries.ts';
import { died } from '../../support/events.ts';

const cursor = formatCursor('k3f', 42);

describe('decodeFrame', () => {
  it('reads back every frame that was written', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame);
      }),
    );
  });

  it('keeps every digit of the time', () => {
    expect(decodeFrame(encodeEvent(died, cursor))).toMatchObject({
      event: { timeNano: 1652174434661862100n },
    });
  });

  it('ignores properties that a newer daemon may add', () => {
    const line = encodeEvent(died, cursor).replace('{', '{"colour":"red",');
    expect(decodeFrame(line)).toEqual({ kind: 'event', cursor, event: died });
  });

  const line = encodeEvent(died, cursor);
  it.each([
    ['', 'not JSON'],
    ['{"kind":"event"', 'not JSON'],
    ['null', 'its kind'],
    ['[]', 'its kind'],
    ['{"kind":"toString"}', 'its kind'],
    ['{"kind":"gap"}', 'its from'],
    [`{"kind":"gap","from":"${cursor}","to":"${cursor}","count":-1,"reason":"overflow"}`, 'its count'],
    [`{"kind":"gap","from":"${cursor}","to":"${cursor}","count":1,"reason":"x"}`, 'its reason'],
    [`{"kind":"end","reason":"tired","cursor":"${cursor}"}`, 'its reason'],
    ['{"kind":"ready","oldest":"k3f:1","newest":"k3f:1"}', 'its oldest'],
    [line.replace('"1652174434661862100"', '1652174434661862100'), 'its timeNano'],
    [line.replace('"1652174434661862100"', '"1e9"'), 'its timeNano'],
    [line.replace('{"exitCode":"137"}', '{"exitCode":137}'), 'its attributes'],
    [line.replace('{"engine":"docker"}', '"docker"'), 'its source'],
    [line.replace('"web"', 'null'), 'its name'],
    [line.replace(cursor, 'k3f:42'), 'its cursor'],
  ])('refuses $1 that is missing or wrong', (line, what) => {
    expect(() => decodeFrame(line)).toThrow(RangeError);
    expect(() => decodeFrame(line)).toThrow(what);
  });
});
