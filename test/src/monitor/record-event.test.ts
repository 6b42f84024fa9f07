import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordEvent } from '../../../src/monitor/record-event.ts';
import type { MonitorRecord } from '../../../src/monitor/record.ts';

const kill: MonitorRecord = {
  ...{ type: 0, subject: 'container', name: 'c1', args: '', extra: '' },
  ...{ value: 18, exitCode: -1, pid: -1 },
};
const source = { engine: 'test' };
const attributes = (parts: Partial<MonitorRecord>): unknown =>
  recordEvent({ ...kill, ...parts }, 1n, source).attributes;

/** The meaning of annotations, in the simplest code. */
function meaning(text: string): Record<string, string> {
  if (text === '') return {};
  const [, key, rest = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (key === undefined) return { extra: text };
  if (!`,${text}`.includes(',name=') && !`,${text}`.includes(',image=')) return { [key.trim()]: rest };
  const [value = '', ...parts] = rest.split(',');
  const entries: [string, string][] = [[key.trim(), value]];
  for (const part of parts) {
    const equals = part.indexOf('=');
    const last = entries.at(-1) as [string, string];
    if (equals > 0) entries.push([part.slice(0, equals).trim(), part.slice(equals + 1)]);
    else last[1] += `,${part}`;
  }
  return Object.fromEntries(entries);
}

const annotations = fc
  .array(fc.constantFrom('a', 'b', '=', ',', ' ', '__proto__', 'name', ',image=c', 'signal=9'), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''));

describe('the event of a record', () => {
  it('has what its fields state with annotations as without', () => {
    const number = fc.constantFrom(-1, 0, 1, 137);
    const fields = fc.record({
      ...{ exitCode: number, pid: number, subject: fc.constantFrom('container', 'image') },
      ...{ args: fc.constantFrom('', 'x'), value: fc.constantFrom(1, 3, 18) },
    }) as fc.Arbitrary<Partial<MonitorRecord>>;
    fc.assert(
      fc.property(fields, (parts) => {
        const found = attributes({ ...parts, extra: 'a=b' }) as Record<string, string>;
        expect(found).toEqual({ a: 'b', ...(attributes(parts) as Record<string, string>) });
      }),
      { numRuns: 500 },
    );
  });

  it('has its annotations as attributes, whatever they are', () => {
    fc.assert(
      fc.property(annotations, (extra) => {
        const found = attributes({ extra }) as Record<string, string>;
        expect(Object.entries(found)).toEqual(Object.entries(meaning(extra)));
      }),
      { numRuns: 2000 },
    );
  });

  it('has several annotations if they describe a container', () => {
    const expected = { image: 'busybox', name: 'web', cmd: 'a,b', team: 'a' };
    expect(attributes({ extra: 'image=busybox,name=web,cmd=a,b,team=a' })).toEqual(expected);
  });

  it.each([
    ['detached', { extra: 'detached' }],
    ['a,b=1,c', { 'a,b': '1,c' }],
    ['a=1,b=2', { a: '1,b=2' }],
    ['cmd=a,b,signal=9', { cmd: 'a,b,signal=9' }],
    ['a=b=c', { a: 'b=c' }],
    ['nickname=x,y=z', { nickname: 'x,y=z' }],
    ['=x', { '': 'x' }],
    ['stale=true', { 'label.stale': 'true' }],
  ])('has one annotation as iSulad has it: %s', (extra, expected) => {
    expect(attributes({ extra })).toEqual(expected);
  });

  it('lets an annotation win over what the record states, as iSulad does', () => {
    const die = { value: 1, exitCode: 3, pid: 7, args: 'x' };
    expect(attributes({ ...die, extra: 'pid=8,name=web,exitCode=9' })).toEqual({
      ...{ exitCode: '9', pid: '8', name: 'web', args: 'x' },
    });
  });

  it.each([
    [-1, '125'],
    [-2, '125'],
    [0, '0'],
    [137, '137'],
  ])('has the exit code of an end, which is 125 where it states none: %i', (exitCode, expected) => {
    expect(attributes({ value: 1, exitCode })).toEqual({ exitCode: expected });
    expect(attributes({ value: 16, exitCode: exitCode === 0 ? -1 : 0 })).toEqual({});
  });

  it('is called by the name among its annotations', () => {
    expect(recordEvent({ ...kill, extra: 'name=web' }, 1n, source)).toMatchObject({ id: 'c1', name: 'web' });
    expect(recordEvent(kill, 1n, source)).toMatchObject({ id: 'c1', name: 'c1' });
  });
});
