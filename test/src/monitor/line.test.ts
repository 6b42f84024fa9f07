import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLine, parseLine } from '../../../src/monitor/line.ts';
import { nastyText } from '../../support/arbitraries.ts';

const source = { engine: 'monitor', endpoint: 'fifo:///f' };
const read = (line: unknown): ReturnType<typeof parseLine> =>
  parseLine(typeof line === 'string' ? line : JSON.stringify(line), 7n, source);

describe('a line', () => {
  it('needs to say no more than what happened to whom', () => {
    expect(read('{"action":"start","name":"web"}')).toEqual({
      ...{ timeNano: 7n, type: 'container', action: 'start', id: 'web', name: 'web' },
      ...{ attributes: {}, source },
    });
    expect(read({ action: 'start', id: 'c1' })).toMatchObject({ id: 'c1', name: 'c1' });
    expect(read({ action: 'reload', type: 'daemon' })).toMatchObject({ id: '', name: undefined });
  });

  it('can say everything, and what is not known is passed over', () => {
    const line = {
      ...{
        time: '2022-05-10T17:20:34.661862100+08:00',
        type: 'network',
        action: 'connect',
        id: 'n',
        name: 'net',
      },
      ...{
        attributes: { container: 'c', n: 1, ok: true },
        source: { engine: 'mine', endpoint: 'here' },
        kind: 'x',
      },
    };
    expect(read(line)).toEqual({
      ...{ timeNano: 1_652_174_434_661_862_100n, type: 'network', action: 'connect', id: 'n', name: 'net' },
      ...{ attributes: { container: 'c', n: '1', ok: 'true' }, source: { engine: 'mine', endpoint: 'here' } },
    });
  });

  it.each([
    [{ timeNano: '1652174434661862100' }, 1_652_174_434_661_862_100n],
    [{ timeNano: 5 }, 5n],
    [{ timeNano: '-1', time: '2022-05-10' }, -1n],
    [{ time: '1652174434.661862100' }, 1_652_174_434_661_862_100n],
  ])('is of the time that it states: %j', (time, timeNano) => {
    expect(read({ action: 'x', ...time }).timeNano).toBe(timeNano);
  });

  it.each([
    ['{"action":', 'it is not JSON'],
    ['[1]', 'it must be an object'],
    ['{}', 'it has no action'],
    [{ action: '' }, 'it has no action'],
    [{ action: 1 }, 'its action must be a text'],
    [{ action: 'x', id: {} }, 'its id must be a text'],
    [{ action: 'x', name: 1 }, 'its name must be a text'],
    [{ action: 'x', type: [] }, 'its type must be a text'],
    [{ action: 'x', attributes: [] }, 'its attributes must be an object'],
    [{ action: 'x', attributes: { a: {} } }, 'its attribute "a" must be a text'],
    [{ action: 'x', source: 'mine' }, 'its source must be an object'],
    [{ action: 'x', source: {} }, 'the engine of its source must be a name'],
    [{ action: 'x', source: { engine: 'My Engine' } }, 'the engine of its source must be a name'],
    [{ action: 'x', time: 'soon' }, 'invalid time "soon"'],
    [{ action: 'x', time: '3000-01-01' }, 'beyond the years'],
    [{ action: 'x', timeNano: 1.5 }, 'its timeNano must be whole nanoseconds'],
    [{ action: 'x', timeNano: '9999999999999999999' }, 'beyond the years'],
  ])('is refused that says %j', (line, why) => {
    expect(() => read(line)).toThrow(RangeError);
    expect(() => read(line)).toThrow(why);
  });

  it('reads what it writes, in one line', () => {
    const happening = fc.record({
      ...{
        type: nastyText.filter((type) => type !== ''),
        action: nastyText.filter((action) => action !== ''),
      },
      ...{ id: nastyText, name: nastyText, attributes: fc.dictionary(nastyText, nastyText) },
    });
    fc.assert(
      fc.property(happening, (each) => {
        const line = formatLine(each);
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(read(line)).toEqual({ ...each, timeNano: 7n, source });
      }),
    );
  });
});
