import { map, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Batch, follow, type Link, Refusal } from '../../../page/data/follow.ts';
import type { PageFrame } from '../../../page/data/frames.ts';
import { marbles } from '../../support/marbles.ts';
import { at, frameOf } from '../support.ts';

const event = (cursor: string): PageFrame => ({ ...frameOf(at(1, 'start')), cursor }) as PageFrame;
const end = (reason: string): PageFrame => ({ kind: 'end', reason, cursor: 't:9.00' });

const frames: Record<string, readonly PageFrame[]> = {
  r: [{ kind: 'ready', oldest: 't:1.00', newest: 't:1.00' }],
  a: [event('t:1.00')],
  b: [event('t:2.00')],
  g: [{ kind: 'gap', from: 't:3.00', to: 't:5.00', count: 3, reason: 'overflow' }],
  s: [end('shutdown')],
  e: [end('error')],
  u: [end('until')],
};

/** A letter for each message: c connecting, o open, l lost, f frames. */
const letter = (message: Link | Batch): string =>
  message.kind === 'frames' ? 'f' : (message.state[0] as string);

/** Connects to one source after the other, and notes the cursors. */
function connecting(sources: readonly Observable<readonly PageFrame[]>[]): {
  readonly connect: (cursor: string | undefined) => Observable<readonly PageFrame[]>;
  readonly asked: (string | undefined)[];
} {
  const asked: (string | undefined)[] = [];
  return { asked, connect: (cursor) => sources[asked.push(cursor) - 1] as Observable<readonly PageFrame[]> };
}

describe('follow', () => {
  it(
    'connects again after a loss, and waits longer each time',
    marbles(({ cold, expectObservable, flush }, scheduler) => {
      const lost = new Error('the connection was lost');
      const { connect, asked } = connecting([
        cold('           -r------a-b#', frames, lost),
        cold('           -#', frames, lost),
        cold('           -r-----|', frames),
      ]);
      const expected = ' c(of)---f-fl 499ms cl 999ms c(of)--|';
      expectObservable(follow({ connect, scheduler }).pipe(map(letter))).toBe(expected);
      flush();
      expect(asked).toEqual([undefined, 't:2.00', 't:2.00']);
    }),
  );

  it(
    'continues after a gap, and after a shutdown of the daemon',
    marbles(({ cold, expectObservable, flush }, scheduler) => {
      const { connect, asked } = connecting([
        cold('           -r----g-s', frames),
        cold('           -r----u|', frames),
      ]);
      const expected = ' c(of)-f-(fl) 496ms c(of)-f|';
      expectObservable(follow({ connect, scheduler }).pipe(map(letter))).toBe(expected);
      flush();
      expect(asked).toEqual([undefined, 't:9.00']);
    }),
  );

  it(
    'states the reason of a loss',
    marbles(({ cold, expectObservable }, scheduler) => {
      const { connect } = connecting([cold('-e', frames)]);
      const reasons = follow({ connect, scheduler }).pipe(
        map((message) =>
          message.kind === 'link' && message.state === 'lost' ? message.why : letter(message),
        ),
      );
      expectObservable(reasons, '^---!').toBe('c(fl)', { c: 'c', f: 'f', l: 'the daemon failed' });
    }),
  );

  it(
    'ends with a refusal: trying again does not help',
    marbles(({ cold, expectObservable }, scheduler) => {
      const refusal = new Refusal(401, 'no session');
      const { connect } = connecting([cold('-#', frames, refusal)]);
      expectObservable(follow({ connect, scheduler }).pipe(map(letter))).toBe('c#', undefined, refusal);
    }),
  );
});
