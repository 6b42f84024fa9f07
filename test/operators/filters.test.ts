import { describe, expect, it } from 'vitest';
import { parseFilter, parseFilters } from '../../operators/expression.ts';
import { compileFilters, FILTER_KEYS, type Filterable } from '../../operators/filters.ts';

const ID = 'c0ffee'.repeat(10) + 'c0de';

const die: Filterable = {
  type: 'container',
  action: 'die',
  id: ID,
  name: 'web',
  attributes: { image: 'registry:5000/nginx:1.25', exitCode: '137', tier: 'front', empty: '' },
  source: { engine: 'docker' },
};

function passes(filters: Record<string, string[]>, parts: Partial<Filterable> = {}): boolean {
  return compileFilters(filters)({ ...die, ...parts });
}

describe('filters', () => {
  it('pass everything without a filter', () => {
    expect(passes({})).toBe(true);
    expect(passes({ event: [] })).toBe(true);
  });

  it('require every key, and of a key one value', () => {
    expect(passes({ type: ['container'], event: ['die'] })).toBe(true);
    expect(passes({ type: ['container'], event: ['start'] })).toBe(false);
    expect(passes({ event: ['start', 'die'] })).toBe(true);
  });

  it('take containers by the beginning of the id or the name, whatever the type', () => {
    expect(passes({ container: ['c0f'] })).toBe(true);
    expect(passes({ container: ['web'] })).toBe(true);
    expect(passes({ container: ['we'] })).toBe(true);
    expect(passes({ container: ['eb'] })).toBe(false);
    expect(passes({ container: ['web-1'] })).toBe(false);
    expect(passes({ network: ['web'] })).toBe(true);
    expect(passes({ volume: ['x'] })).toBe(false);
    const unnamed = { name: undefined, attributes: { name: 'bridge' } };
    expect(passes({ network: ['bridge'] }, unnamed)).toBe(true);
  });

  it('take images with and without tag, and by id', () => {
    expect(passes({ image: ['registry:5000/nginx:1.25'] })).toBe(true);
    expect(passes({ image: ['registry:5000/nginx'] })).toBe(true);
    expect(passes({ image: ['registry'] })).toBe(false);
    expect(passes({ image: ['nginx'] }, { attributes: { image: 'nginx@sha256:00' } })).toBe(true);
    for (const image of ['nginx', 'nginx:1']) {
      expect(passes({ image: [image] }, { attributes: { image: 'nginx:1@sha256:00' } })).toBe(true);
    }
    expect(passes({ image: ['ngin'] }, { attributes: { image: 'nginx' } })).toBe(false);
    expect(passes({ image: ['nginx'] }, { attributes: {} })).toBe(false);
    const pull = { type: 'image', action: 'pull', id: 'busybox:1.36', name: 'busybox', attributes: {} };
    expect(passes({ image: ['busybox:1.36'] }, pull)).toBe(true);
    expect(passes({ image: ['busybox'] }, pull)).toBe(true);
    expect(passes({ image: ['web'] })).toBe(false);
  });

  it('require every label', () => {
    expect(passes({ label: ['tier'] })).toBe(true);
    expect(passes({ label: ['tier=front', 'empty='] })).toBe(true);
    expect(passes({ label: ['tier=front', 'absent'] })).toBe(false);
    expect(passes({ label: ['tier=back'] })).toBe(false);
    expect(passes({ label: ['toString'] })).toBe(false);
  });

  it('take actions as they are, and by their beginning when one is asked for that carries text', () => {
    const probe = { action: 'health_status: healthy' };
    const exec = { action: 'exec_start: sh -c true' };
    expect(passes({ event: ['health_status: healthy'] }, probe)).toBe(true);
    expect(passes({ event: ['health_status'] }, probe)).toBe(true);
    expect(passes({ event: ['die', 'exec_start'] }, exec)).toBe(true);
    expect(passes({ event: ['exec'] }, exec)).toBe(false);
    expect(passes({ event: ['di'] })).toBe(false);
    expect(passes({ event: ['di', 'exec_start'] })).toBe(true);
    expect(passes({ action: ['exec_create'] }, { action: 'exec_create: ls' })).toBe(true);
  });

  it('take the rest', () => {
    expect(passes({ engine: ['docker'] })).toBe(true);
    expect(passes({ engine: ['docker'] }, { source: undefined })).toBe(false);
    expect(passes({ scope: ['local'] })).toBe(true);
    expect(passes({ scope: ['swarm'] }, { scope: 'swarm' })).toBe(true);
    expect(passes({ name: ['web'] })).toBe(true);
    expect(passes({ id: ['c0f'] })).toBe(true);
    expect(passes({ exitCode: ['0', '137'] })).toBe(true);
  });

  it('exclude what matches, with ! behind the key', () => {
    expect(passes({ 'event!': ['start', 'die'] })).toBe(false);
    expect(passes({ 'event!': ['start'] })).toBe(true);
    expect(passes({ 'label!': ['tier=front', 'absent'] })).toBe(false);
    expect(passes({ 'label!': ['tier=back', 'absent'] })).toBe(true);
    expect(passes({ 'event!': ['exec_create'] }, { action: 'exec_create: ls' })).toBe(false);
  });

  it.each([
    ['exitCode', '137', true],
    ['exitCode!', '0', true],
    ['exitCode!', '137', false],
    ['exitCode>', '136', true],
    ['exitCode>', '137', false],
    ['exitCode>=', '137', true],
    ['exitCode<', '137', false],
    ['exitCode<=', '137', true],
    ['exitCode>', '-1', true],
  ])('compare exit codes: %s %s', (key, value, expected) => {
    expect(passes({ [key]: [value] })).toBe(expected);
    expect(passes({ [key]: [value] }, { attributes: {} })).toBe(false);
  });

  it('match globs in texts up to 4,096 characters, and prefixes in any', () => {
    const long = (length: number): Partial<Filterable> => ({ action: `exec_start: ${'x'.repeat(length)}y` });
    expect(passes({ 'event~': ['*x*y'] }, long(4083))).toBe(true);
    expect(passes({ 'event~': ['*x*y'] }, long(4084))).toBe(false);
    expect(passes({ 'event!~': ['*x*y'] }, long(4084))).toBe(true);
    expect(passes({ 'event~': ['exec_start*'] }, long(100_000))).toBe(true);
    const labels = { attributes: { first: '', ['x'.repeat(4092)]: '', last: '' } };
    expect(passes({ 'label~': ['f*t'] }, labels)).toBe(true);
    expect(passes({ 'label~': ['l*t'] }, labels)).toBe(false);
    expect(passes({ 'label~': ['last*'] }, labels)).toBe(true);
    expect(passes({ 'label~': ['first=*b'] }, { attributes: { first: 'a'.repeat(5000) + 'b' } })).toBe(false);
    expect(passes({ 'event~': ['*'.repeat(1000)] })).toBe(true);
    expect(() => passes({ 'event~': ['*'.repeat(1001)] })).toThrow(
      /invalid glob .*longer than 1000 characters/,
    );
  });

  it('compare exit codes as numbers', () => {
    expect(passes({ 'exitCode>': ['0'] }, { attributes: { containerExitCode: '2' } })).toBe(true);
    expect(passes({ 'exitCode!': ['0'] }, { attributes: { exitCode: 'many' } })).toBe(false);
    expect(passes({ 'exitCode>': ['9'] }, { attributes: { exitCode: '10' } })).toBe(true);
    expect(passes({ 'exitCode>': ['0'], 'exitCode<': ['128'] })).toBe(false);
  });

  it.each([
    [{ Colour: ['red'] }, /unknown filter "Colour": keys are action, config, container,/],
    [{ toString: ['x'] }, /unknown filter "toString"/],
    [{ 'event?': ['x'] }, /unknown filter "event\?"/],
    [{ 'event>': ['x'] }, /invalid filter "event>": only exitCode can be compared with >/],
    [{ event: 'die' }, /invalid filter "event": "die" is not a list of texts/],
    [{ event: [1] }, /invalid filter "event": 1 is not a list of texts/],
    [{ exitCode: ['one'] }, /invalid exit code "one": a whole number, such as 0 or 137/],
    [{ 'exitCode>': ['1.5'] }, /invalid exit code "1.5"/],
  ])('refuse %j at the call', (filters, wrong) => {
    expect(() => compileFilters(filters as Record<string, string[]>)).toThrow(wrong);
    expect(() => compileFilters(filters as Record<string, string[]>)).toThrow(RangeError);
  });

  it.each([
    ['event=die', 'event', 'die'],
    ['label=tier=front', 'label', 'tier=front'],
    ['label!=tier=front', 'label!', 'tier=front'],
    ['exitCode!=0', 'exitCode!', '0'],
    ['exitCode>0', 'exitCode>', '0'],
    ['exitCode>=1', 'exitCode>=', '1'],
    ['exitCode<2', 'exitCode<', '2'],
    ['exitCode<=3', 'exitCode<=', '3'],
    ['event=health_status: healthy', 'event', 'health_status: healthy'],
    ['label=x>y', 'label', 'x>y'],
  ])('are read from %s', (text, key, value) => {
    expect(parseFilter(text)).toEqual([key, value]);
    expect(() => compileFilters({ [key]: [value] })).not.toThrow();
  });

  it.each(['', 'die', '=die', 'Colour=red', 'event>die', 'exitCode>x', 'exitCode=>1'])(
    'are refused when written as %j',
    (text) => {
      expect(() => parseFilter(text)).toThrow(RangeError);
    },
  );

  it('name their keys', () => {
    expect(FILTER_KEYS).toEqual([
      ...[
        'action',
        'config',
        'container',
        'daemon',
        'engine',
        'event',
        'exitCode',
        'host',
        'id',
        'image',
        'label',
      ],
      ...['name', 'network', 'node', 'plugin', 'pod', 'scope', 'secret', 'service', 'type', 'volume'],
    ]);
  });
});

describe('several filters', () => {
  it('are put together by key', () => {
    expect(parseFilters(['event=die', 'exitCode!=0', 'event=oom', 'label=a=b'])).toEqual({
      event: ['die', 'oom'],
      'exitCode!': ['0'],
      label: ['a=b'],
    });
    expect(parseFilters([])).toEqual({});
  });

  it('are refused for the sake of one', () => {
    expect(() => parseFilters(['event=die', 'evnt=die'])).toThrow(/unknown filter "evnt"/);
  });
});
