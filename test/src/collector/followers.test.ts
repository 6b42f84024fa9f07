import { Observable, type Subscriber } from 'rxjs';
import { expect, it } from 'vitest';
import { Followers } from '../../../src/collector/followers.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { events } from '../../support/events.ts';

it('tells those who are there: neither who left, nor who came while it tells', () => {
  const followers = new Followers();
  const told: string[] = [];
  const open = (name: string, then: () => void = () => undefined): Subscriber<EngineEvent> => {
    let opened: Subscriber<EngineEvent> | undefined;
    new Observable<EngineEvent>((subscriber) => {
      opened = subscriber;
    }).subscribe(({ seq }) => {
      told.push(`${name}${seq}`);
      then();
    });
    return opened as Subscriber<EngineEvent>;
  };
  const c = open('c');
  const b = open('b');
  const a = open('a', () => {
    followers.add(c);
    b.unsubscribe();
  });
  followers.add(a);
  followers.add(b);
  const [one, two, three] = events(3).map((event, i): EngineEvent => ({ ...event, seq: i + 1 }));
  followers.tell([one as EngineEvent, two as EngineEvent]);
  expect(told).toEqual(['a1', 'a2']);
  followers.delete(c);
  followers.tell([three as EngineEvent]);
  expect(told).toEqual(['a1', 'a2', 'a3']);
});
