import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OwnEvent } from '../../src/event.ts';
import { copyEvent } from '../../src/foreign-event.ts';
import { event } from '../support/events.ts';

describe('copyEvent', () => {
  it('copies what is an event, and leaves the original as it is', () => {
    const source = Object.freeze({ engine: 'mine', endpoint: 'unix:///x', id: 'one' });
    const given = Object.freeze(event({ source, scope: 'local', attributes: Object.freeze({ image: 'x' }) }));
    const copy = copyEvent({ ...given, seq: 7, more: 'ignored' });
    expect(copy).toBeInstanceOf(OwnEvent);
    expect(copy.numbered).toBe(false);
    expect(copy).toEqual({ ...given });
    expect(copy.attributes).not.toBe(given.attributes);
    expect(copy.source).not.toBe(source);
  });

  it('spells numbers and booleans among the attributes, and leaves out what is not set', () => {
    const attributes = { exitCode: 1, tty: false, big: 2n ** 60n, none: undefined, text: 'x' };
    expect(copyEvent({ ...event(), attributes }).attributes).toEqual({
      exitCode: '1',
      tty: 'false',
      big: '1152921504606846976',
      text: 'x',
    });
    expect(copyEvent({ ...event(), attributes: undefined, id: undefined, name: null })).toMatchObject({
      attributes: {},
      id: '',
      name: undefined,
    });
  });

  it('keeps an attribute that has the name of the prototype', () => {
    const attributes = JSON.parse('{"__proto__":"label"}') as Record<string, string>;
    expect(Object.entries(copyEvent(event({ attributes })).attributes)).toEqual([['__proto__', 'label']]);
  });

  it.each([
    [undefined, 'an event is undefined, and must be an object'],
    [[], 'timeNano is undefined, and must be a bigint'],
    [{ ...event(), timeNano: 1 }, 'timeNano is 1, and must be a bigint, nanoseconds since 1970 in 64 bits'],
    [{ ...event(), timeNano: 2n ** 70n }, 'timeNano is of type bigint'],
    [{ ...event(), type: 1 }, 'type is 1, and must be a string'],
    [
      { ...event(), source: { engine: '' } },
      'engine of its source is "", and must be a string that is not empty',
    ],
    [{ ...event(), action: Symbol('x') }, 'action is of type symbol'],
    [{ ...event(), id: 7 }, 'id is 7, and must be a string'],
    [{ ...event(), name: {} }, 'name is of type object, and must be a string'],
    [{ ...event(), attributes: 'x' }, 'attributes is "x", and must be an object of strings'],
    [{ ...event(), attributes: { a: [] } }, 'attribute "a" is an array, and must be a string, a number or'],
    [{ ...event(), attributes: { a: null } }, 'attribute "a" is null'],
    [{ ...event(), source: undefined }, 'source is undefined, and must be an object with an engine'],
    [
      { ...event(), source: { engine: 3 } },
      'engine of its source is 3, and must be a string that is not empty',
    ],
    [
      { ...event(), source: { engine: 'x', endpoint: 1 } },
      'endpoint of its source is 1, and must be a string',
    ],
  ])('says what is wrong: %o', (given, message) => {
    expect(() => copyEvent(given)).toThrow(message);
  });

  it('throws nothing but an error, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        let thrown: unknown = new RangeError();
        try {
          copyEvent(value);
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(RangeError);
      }),
    );
  });
});
