import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExpressionError,
  formatExpression,
  parseExpression,
  parseTerms,
  type Selection,
} from '../../operators/expression.ts';
import { compileFilters, type Filterable, type FilterKey } from '../../operators/filters.ts';

const NO_NAMES: readonly string[] = [];

function thrownBy(read: () => unknown): unknown {
  try {
    read();
    return undefined;
  } catch (error) {
    return error;
  }
}

function failure(read: () => unknown): ExpressionError {
  const error = thrownBy(read);
  if (error instanceof ExpressionError) return error;
  throw new Error('not an ExpressionError', { cause: error });
}

describe('parseExpression', () => {
  it.each<[string, readonly string[], Selection['filters']]>([
    ['', [], {}],
    ['  \t ', [], {}],
    ['web', ['web'], {}],
    ['web-* !web-0  /^db\\d$/', ['web-*', '!web-0', '/^db\\d$/'], {}],
    ['web-* event=die exitCode!=0', ['web-*'], { event: ['die'], 'exitCode!': ['0'] }],
    ['event=start,die event=oom', [], { event: ['start', 'die', 'oom'] }],
    ['event!=start,stop', [], { 'event!': ['start', 'stop'] }],
    ['event=exec*,die', [], { 'event~': ['exec*'], event: ['die'] }],
    ['event!=exec*', [], { 'event!~': ['exec*'] }],
    ['image~nginx:1.2[0-9]', [], { 'image~': ['nginx:1.2[0-9]'] }],
    ['name!~db', [], { 'name!~': ['db'] }],
    ['exitCode>=128 exitCode<137', [], { 'exitCode>=': ['128'], 'exitCode<': ['137'] }],
    ['exitCode=1,2', [], { exitCode: ['1', '2'] }],
    ['label=tier=front,back', [], { label: ['tier=front,back'] }],
    ['label=tier=', [], { label: ['tier='] }],
    ['label=', [], { label: [''] }],
    ['label=com.example.tier=fr*', [], { 'label~': ['com.example.tier=fr*'] }],
    ['event="health_status: healthy"', [], { event: ['health_status: healthy'] }],
    ["event='exec_start: sh -c a,b'", [], { event: ['exec_start: sh -c a,b'] }],
    ['event=health_status:\\ healthy', [], { event: ['health_status: healthy'] }],
    ['event="a*"', [], { event: ['a*'] }],
    ['event="a*"*', [], { 'event~': ['a[*]*'] }],
    ['event=a\\,b', [], { event: ['a,b'] }],
    ['"event=die"', ['event=die'], {}],
    ['name=""', [], { name: [''] }],
    ['"/foo bar/"', ['/foo bar/'], {}],
    ['/a"b/', ['/a"b/'], {}],
    ['sha256:abc', ['sha256:abc'], {}],
    ['db\u00a0event=die', ['db'], { event: ['die'] }],
  ])('reads %j', (expression, names, filters) => {
    expect(parseExpression(expression)).toEqual({ names, filters });
  });

  it.each<[string, number, number, string]>([
    ['evnt=die', 0, 4, 'unknown filter "evnt" at position 0; did you mean event? keys are action, config,'],
    ['web-* evnt=die', 6, 4, 'unknown filter "evnt" at position 6; did you mean event?'],
    ['exitcode=1', 0, 8, 'did you mean exitCode?'],
    ['colour=red', 0, 6, 'unknown filter "colour" at position 0; keys are'],
    ['web event=', 9, 1, 'no value for event at position 9; right would be event=VALUE'],
    ['event=start,,die', 5, 1, 'no value for event'],
    ['event>die', 5, 1, 'only exitCode can be compared with > at position 5'],
    ['exitCode~1', 8, 1, 'exitCode is a number'],
    ['exitCode=0,one', 11, 3, 'invalid exit code "one" at position 11; a whole number'],
    ['exitCode=1*', 9, 2, 'invalid exit code "1*"'],
    ['web name="a b', 9, 1, 'a quote " without its end at position 9'],
    ["'web", 0, 1, "a quote ' without its end"],
    ['web\\', 3, 1, 'nothing after the backslash'],
    ['db web-[', 3, 5, "a '[' without its ']'"],
    ['db !', 3, 1, 'nothing to match'],
    ['/(/', 0, 3, 'invalid name pattern "/(/"'],
    ['image~a[', 7, 1, "a '[' without its ']'"],
    ['event=start,x*[z-a]', 15, 1, 'the range z-a backwards'],
  ])('refuses %j, and says where', (expression, position, length, message) => {
    const error = failure(() => parseExpression(expression));
    expect(error).toMatchObject({ name: 'ExpressionError', expression, position, length });
    expect(error.message).toContain(message);
    expect(error).toBeInstanceOf(RangeError);
  });

  it('refuses expressions that are too long, or no texts', () => {
    expect(failure(() => parseExpression('a '.repeat(6_000))).message).toContain(
      'longer than 10000 characters',
    );
    expect(() => parseExpression(undefined as unknown as string)).toThrow(
      'invalid filter undefined: must be a text',
    );
  });

  it('reads terms of a shell, in which quotes and spaces stand for themselves', () => {
    expect(parseTerms(['web', 'event=health_status: healthy', 'label=say="hi"', 'event=start,die'])).toEqual({
      names: ['web'],
      filters: { event: ['health_status: healthy', 'start', 'die'], label: ['say="hi"'] },
    });
    expect(parseTerms([])).toEqual({ names: NO_NAMES, filters: {} });
    expect(failure(() => parseTerms(['web', 'evnt=x'])).expression).toBe('evnt=x');
  });

  it('answers every text, with a selection or with a place within it', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        'event=',
        'exitCode>',
        'label!=',
        '"',
        "'",
        '\\',
        '/',
        '[',
        ',',
        '*',
        '!',
        '~',
        ' ',
        'web',
        '0',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const expression = pieces.join('');
        const read = (): unknown => compileFilters(parseExpression(expression).filters);
        const error = thrownBy(read);
        if (error === undefined) return true;
        const { position, length } = error as ExpressionError;
        const isWithin = position >= 0 && position <= expression.length && length > 0;
        return error instanceof ExpressionError && isWithin;
      }),
    );
  });
});

describe('formatExpression', () => {
  const value = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('die', 'a b', 'a,b', 'x"y', "it's", '\\', '*', 'exec_start: sh -c "a,b"', '', '=', '~'),
  );
  const text = fc.constantFrom<FilterKey>('event', 'event!', 'name', 'image!', 'label', 'label!', 'engine');
  const glob = fc.constantFrom<FilterKey>('event~', 'image~', 'name!~', 'label~');
  const globValue = fc.constantFrom('a*', '*', 'x', 'node[0-9]', 'a b*', 'a,b?', 'it[*]s', '"*"', '\\*');
  const code = fc.constantFrom<FilterKey>('exitCode', 'exitCode!', 'exitCode>', 'exitCode<=');
  const filters = fc
    .array(
      fc.oneof(
        fc.tuple(text, fc.array(value, { minLength: 1, maxLength: 3 })),
        fc.tuple(glob, fc.array(globValue, { minLength: 1, maxLength: 3 })),
        fc.tuple(
          code,
          fc.array(fc.integer({ min: -9, max: 300 }).map(String), { minLength: 1, maxLength: 2 }),
        ),
      ),
    )
    .map((entries) => Object.fromEntries(entries) as Selection['filters']);
  const names = fc.array(
    fc.constantFrom('web', 'web-*', '!db', '/^a b$/', '/"/', 'n[0-9]', '!/x=y/', "it's"),
  );

  it('writes what parseExpression reads as the same', () => {
    fc.assert(
      fc.property(names, filters, (names, filters) => {
        const selection = { names, filters };
        expect(parseExpression(formatExpression(selection))).toEqual(selection);
      }),
    );
  });

  it('writes it as people do', () => {
    const expression = 'web-* !web-0 event=die event=oom exitCode!=0 event="health_status: healthy"';
    expect(formatExpression(parseExpression(expression))).toBe(
      'web-* !web-0 event=die event=oom event="health_status: healthy" exitCode!=0',
    );
    expect(formatExpression(parseExpression('event=exec*'))).toBe('event~exec*');
  });
});

describe('globs in filters', () => {
  const die: Filterable = {
    type: 'container',
    action: 'exec_die',
    id: 'c0ffee',
    name: 'web-1',
    attributes: { image: 'registry:5000/nginx:1.25', 'com.example.tier': 'front' },
  };
  it.each([
    ['event=exec*', true],
    ['event=exec*,start', true],
    ['event=start event=exec_?ie', true],
    ['event=start,x*', false],
    ['event!=exec*', false],
    ['event!=start,x*', true],
    ['container=web-*', true],
    ['container=c0*', true],
    ['name=*-2', false],
    ['image=*/nginx:*', true],
    ['image=nginx*', false],
    ['label=com.example.tier=fr*', true],
    ['label=com.example.*', true],
    ['label=com.example.tier=b*', false],
    ['label!=com.*', false],
    ['engine=*', false],
  ])('%s: %s', (expression, expected) => {
    expect(compileFilters(parseExpression(expression).filters)(die)).toBe(expected);
  });

  it('are refused if they are invalid', () => {
    expect(() => compileFilters({ 'event~': ['a['] })).toThrow(
      `invalid glob "a[": a '[' without its ']' at position 1`,
    );
    expect(() => compileFilters({ ['exitCode~' as 'event~']: ['1*'] })).toThrow(
      'an exit code is a number, not a glob',
    );
  });
});
