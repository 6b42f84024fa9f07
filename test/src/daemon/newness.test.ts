import { expect, it } from 'vitest';
import { Newness } from '../../../src/daemon/newness.ts';
import { type EngineStatus } from '../../../src/engines/engine.ts';
import type { EventSource } from '../../../src/event.ts';
import { event } from '../../support/events.ts';

const at = (endpoint: string, id?: string): EventSource => ({
  engine: 'containerd',
  endpoint,
  ...(id === undefined ? {} : { id }),
});

/** Tests whether an old event of the source counts as new. */
function isNew(newness: Newness, source: EventSource): boolean {
  return newness.isNew({ ...event({ source, timeNano: 1n }), seq: 1 }, process.hrtime.bigint());
}

it('takes the events of an engine for new after its first connection, at each of its endpoints', () => {
  const newness = new Newness();
  const report = (source: EventSource, state: EngineStatus['state']): void =>
    newness.report({ source, state, detail: '' });
  const [one, two, other] = [at('unix:///a', 'A1'), at('unix:///b', 'A1'), at('unix:///c', 'B2')];
  for (const { endpoint = '' } of [one, two, other]) report(at(endpoint), 'connecting');
  expect([one, two, other].map((each) => isNew(newness, each))).toEqual([false, false, false]);
  report(one, 'connected');
  expect([one, two, other].map((each) => isNew(newness, each))).toEqual([true, true, false]);
});
