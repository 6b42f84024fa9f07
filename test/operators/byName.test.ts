import { from, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { byName } from '../../operators/byName.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';

const named = (name: string, id = `id of ${name}`): { id: string; name: string } => ({ id, name });
const rename = (id: string, oldName: string, name: string): ReturnType<typeof event> =>
  event({ id, name, action: 'rename', attributes: { oldName: `/${oldName}` } });

/** The names that pass, as one text. */
function passing(patterns: string | readonly string[], ...names: string[]): string {
  const passed: string[] = [];
  from(names.map((name) => named(name)))
    .pipe(byName(patterns))
    .subscribe(({ name }) => passed.push(name));
  return passed.join(' ');
}

describe('byName', () => {
  it(
    'lets through what has the name',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const values = { a: named('web'), b: named('db'), c: named('web'), d: named('web-1') };
      const source = hot('  -a-b-c-d-|', values);
      const subs = '        ^--------!';
      const expected = '    -a---c---|';
      expectObservable(source.pipe(byName('web'))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('lets through what one of several patterns matches, and none of the negated ones', () => {
    const names = ['web-1', 'web-2', 'db', 'cache'] as const;
    expect(passing(['web-*', 'db'], ...names)).toBe('web-1 web-2 db');
    expect(passing(['web-*', '!web-2', 'db'], ...names)).toBe('web-1 db');
    expect(passing(['!web-2', 'web-*'], ...names)).toBe('web-1');
    expect(passing(['!web-*', '!db'], ...names)).toBe('cache');
    expect(passing('!/^web/', ...names)).toBe('db cache');
    expect(passing([], ...names)).toBe(names.join(' '));
  });

  it(
    'follows a container through a rename, to its end',
    marbles(({ hot, expectObservable }) => {
      const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
      const values = {
        a: event({ id: one, name: 'web' }),
        b: rename(one, 'web', 'old-web'),
        c: event({ id: two, name: 'web' }),
        d: event({ id: one, name: 'old-web', action: 'die' }),
        e: event({ id: one, name: 'old-web', action: 'destroy' }),
        f: event({ id: one, name: 'old-web' }),
        x: event({ id: two, name: 'other' }),
      };
      const source = hot('  abcxdefx|', values);
      const expected = '    abc-de--|';
      expectObservable(source.pipe(byName('web'))).toBe(expected, values);
      expectObservable(source.pipe(byName('/^w.b$/'))).toBe(expected, values);
      expectObservable(source.pipe(byName('!w?b'))).toBe('---x--fx|', values);
    }),
  );

  it(
    'meets a container that gets the name',
    marbles(({ hot, expectObservable }) => {
      const id = '1'.repeat(64);
      const values = {
        a: event({ id, name: 'new' }),
        b: rename(id, 'new', 'web'),
        c: event({ id, name: 'web' }),
      };
      expectObservable(hot('-a-b-c-|', values).pipe(byName('web'))).toBe('---b-c-|', values);
    }),
  );

  it('follows a container for each of its patterns, also when events are missing', () => {
    const passed: string[] = [];
    from([rename('c1', 'web', 'new-web'), event({ id: 'c1', name: 'other' })])
      .pipe(byName(['new-*', 'web']))
      .subscribe(({ name = '' }) => passed.push(name));
    expect(passed).toEqual(['new-web', 'other']);
  });

  it('follows at most 10,000 renamed containers, and forgets the one that it has followed longest', () => {
    const source = new Subject<ReturnType<typeof event>>();
    const passed: string[] = [];
    source.pipe(byName('web')).subscribe(({ id }) => passed.push(id));
    for (let i = 0; i < 10_001; i++) source.next(rename(`c${i}`, 'web', 'other'));
    passed.length = 0;
    for (const id of ['c0', 'c1', 'c10000']) source.next(event({ id, name: 'other' }));
    expect(passed).toEqual(['c1', 'c10000']);
  });

  it('follows renames for each of its subscribers alone', () => {
    const source = new Subject<ReturnType<typeof event>>();
    const web = source.pipe(byName('web'));
    const counts = [0, 0];
    web.subscribe(() => counts[0]!++);
    source.next(rename('c1', 'web', 'other'));
    web.subscribe(() => counts[1]!++);
    source.next(event({ id: 'c1', name: 'other' }));
    expect(counts).toEqual([2, 0]);
  });

  it(
    'passes an error on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const values = { a: named('web') };
      const fails = hot(' -a-#', values);
      const goesOn = hot('-a-a-a', values);
      const unsub = '     --!';
      expectObservable(fails.pipe(byName('web'))).toBe('-a-#', values);
      expectObservable(goesOn.pipe(byName('web')), unsub).toBe('-a', values);
      expectSubscriptions(fails.subscriptions).toBe(' ^--!');
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<{ id: string; name: string }>();
    const seen: string[] = [];
    source.pipe(byName('web-*')).subscribe(({ name }) => {
      seen.push(name);
      if (seen.length < 3) for (const next of ['db', `${name}!`]) source.next(named(next));
    });
    source.next(named('web-'));
    expect(seen).toEqual(['web-', 'web-!', 'web-!!']);
  });

  it('refuses a bad pattern at the call', () => {
    expect(() => byName(['web', '['])).toThrow(RangeError);
  });

  it('keeps the type of what passes', () => {
    const source = new Subject<{ id: string; mine: number }>();
    source
      .pipe(byName('web'))
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<{ id: string; mine: number }>());
    // @ts-expect-error -- needs an id
    new Subject<{ name: string }>().pipe(byName('web'));
  });
});
