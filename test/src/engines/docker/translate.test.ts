import { describe, expect, it } from 'vitest';
import { translate } from '../../../../src/engines/docker/translate.ts';

const source = { engine: 'docker', endpoint: 'unix:///d' };
const read = (object: unknown): ReturnType<typeof translate> =>
  translate(typeof object === 'string' ? object : JSON.stringify(object), source, () => 7n);

describe('translating a Docker event', () => {
  it('keeps words, text in actions and every attribute as they are', () => {
    const attributes = { image: 'a', name: 'web', execID: 'e1', 'com.example/label': '', __proto__x: '1' };
    const event = read({
      Type: 'container',
      Action: 'exec_create: sh -c echo "hi"',
      Actor: { ID: 'b568', Attributes: attributes },
      scope: 'local',
      time: 1,
      timeNano: 1_000_000_001,
    });
    expect(event).toEqual({
      timeNano: 1_000_000_001n,
      type: 'container',
      action: 'exec_create: sh -c echo "hi"',
      id: 'b568',
      name: 'web',
      attributes: { ...attributes, noise: 'exec' },
      scope: 'local',
      source,
    });
  });

  it('has an empty id and no name if the event states neither', () => {
    expect(
      read({ Type: 'builder', Action: 'prune', Actor: { ID: '', Attributes: null }, timeNano: 1 }),
    ).toEqual({
      timeNano: 1n,
      type: 'builder',
      action: 'prune',
      id: '',
      attributes: {},
      source,
    });
    expect(read({ Action: 'reload' })).toMatchObject({ id: '', attributes: {} });
  });

  it('reads what Docker sent before there was an Actor', () => {
    expect(read({ status: 'die', id: 'b568', from: 'busybox', time: 1447595 })).toEqual({
      timeNano: 1_447_595_000_000_000n,
      type: 'container',
      action: 'die',
      id: 'b568',
      attributes: { image: 'busybox' },
      source,
    });
  });

  it('takes the time at which it is read where none is stated', () => {
    expect(read({ Action: 'x' }).timeNano).toBe(7n);
  });

  it('keeps times of 1970 and of 2262, and takes the time of reading for others', () => {
    const timeOf = (times: string): bigint => read(`{"Action":"start",${times}}`).timeNano;
    expect(timeOf('"timeNano":1')).toBe(1n);
    expect(timeOf('"timeNano":9223372036854775807')).toBe(2n ** 63n - 1n);
    expect(timeOf('"time":9223372036')).toBe(9_223_372_036_000_000_000n);
    expect(timeOf('"time":9223372037')).toBe(7n);
    expect(timeOf('"timeNano":99999999999999999999999999,"time":99999999999999999')).toBe(7n);
    expect(timeOf('"time":-9223372037')).toBe(7n);
  });

  it('keeps a label named __proto__, and values other than strings as JSON', () => {
    const { attributes } = read(
      '{"Action":"x","Actor":{"Attributes":{"__proto__":"p","n":1,"o":{"a":null}}}}',
    );
    expect(Object.entries(attributes)).toEqual([
      ['__proto__', 'p'],
      ['n', '1'],
      ['o', '{"a":null}'],
    ]);
  });

  it.each(['{}', '{"Action":1}', '{"Action":""}', '{"Type":"container","Actor":[]}'])(
    'refuses %s',
    (text) => {
      expect(() => read(text)).toThrow('it has no action');
    },
  );

  it('refuses text that is not JSON', () => {
    expect(() => read('{"Action":"x"')).toThrow(SyntaxError);
  });
});
