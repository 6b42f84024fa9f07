import { Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { byExpression } from '../../operators/byExpression.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';

const die = (name: string, exitCode: string): IncomingEvent =>
  event({ id: name, name, action: 'die', attributes: { exitCode } });

describe('byExpression', () => {
  it(
    'lets through events that names and filters select',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const values = { a: die('web-1', '0'), b: die('web-1', '1'), c: die('db', '1') };
      const source = hot('  -a-b-c-|', values);
      const subs = '        ^------!';
      const expected = '    ---b---|';
      expectObservable(source.pipe(byExpression('web-* event=die exitCode!=0'))).toBe(expected, values);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'follows a name through a rename, and without names takes all',
    marbles(({ hot, expectObservable }) => {
      const values = {
        a: event({ id: 'x', name: 'old', action: 'rename', attributes: { oldName: '/web' } }),
        b: event({ id: 'x', name: 'old', action: 'die' }),
        c: event({ id: 'y', name: 'db', action: 'die' }),
      };
      expectObservable(hot('-a-b-c-|', values).pipe(byExpression('web'))).toBe('-a-b---|', values);
      expectObservable(hot('-a-b-c-|', values).pipe(byExpression('event=die'))).toBe('---b-c-|', values);
      expectObservable(hot('-a-b-c-|', values).pipe(byExpression(''))).toBe('-a-b-c-|', values);
    }),
  );

  it('refuses a bad expression at the call, and keeps the type of the events', () => {
    expect(() => byExpression('web evnt=die')).toThrow(
      'unknown filter "evnt" at position 4; did you mean event?',
    );
    new Subject<IncomingEvent>()
      .pipe(byExpression('web'))
      .subscribe((value) => expectTypeOf(value).toEqualTypeOf<IncomingEvent>());
  });
});
