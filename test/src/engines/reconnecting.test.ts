import { concat, defer, NEVER, type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { reconnecting } from '../../../src/engines/reconnecting.ts';
import { marbles } from '../../support/marbles.ts';

const longestWait = (): number => 1;

describe('reconnecting', () => {
  it(
    'subscribes again after an error and after the end, waiting longer each time',
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold(' a-#');
      const subs = [
        '                   ^-!',
        '                   102ms ^-!',
        '                   304ms ^-!',
        '                   706ms ^-!',
      ];
      const expected = '    a 101ms a 201ms a 401ms a';
      const unsub = '       709ms !';
      const result = source.pipe(reconnecting({ scheduler, onLost: () => {}, random: longestWait }));
      expectObservable(result, unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'starts over with short waits once a subscription has held for 10 s',
    marbles(({ cold, expectObservable }, scheduler) => {
      const tries = ['#', '#', '10s #', '#', '10s #', '-'].map((line) => cold(line));
      let next = 0;
      const source = defer(() => concat(of('a'), tries[next++] as Observable<string>));
      const result = source.pipe(reconnecting({ scheduler, onLost: () => {}, random: longestWait }));
      //                                100      200      10s+100   200      10s+100
      expectObservable(result).toBe('a 99ms a 199ms a 10099ms a 199ms a 10099ms a');
    }),
  );

  it(
    'leaves no timer behind when unsubscribed while it waits',
    marbles(({ cold, expectObservable, expectSubscriptions }, scheduler) => {
      const source = cold('#');
      const result = source.pipe(reconnecting({ scheduler, onLost: () => {}, random: longestWait }));
      expectObservable(result, '50ms !').toBe('-');
      expectSubscriptions(source.subscriptions).toBe(['(^!)']);
    }),
  );

  it(
    'says why each time',
    marbles(({ flush, cold }, scheduler) => {
      const told: string[] = [];
      const tries = [cold('#', {}, new Error('first')), cold('|')];
      let next = 0;
      const source = defer((): Observable<unknown> => tries[next++] ?? NEVER);
      const onLost = (error: unknown): void => void told.push(String(error));
      source.pipe(reconnecting({ scheduler, onLost, random: longestWait })).subscribe();
      flush();
      expect(told).toEqual(['Error: first', 'Error: the connection ended']);
    }),
  );
});
