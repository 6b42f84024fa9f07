import { describe, expect, it } from 'vitest';
import { BAR, BARS, Model } from '../../../cli/top/model.ts';
import type { EngineEvent } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

const NOW = 1_700_000_000_000_000_000n;
const at = (name: string, action: string, attributes = {}, after = 0n): EngineEvent => ({
  seq: 1,
  ...event({ id: name, name, action, attributes, timeNano: NOW + after, source: { engine: 'docker' } }),
});

function model(...events: readonly EngineEvent[]): Model {
  const made = new Model();
  for (const each of events) made.take(each, each.timeNano);
  return made;
}

const names = (made: Model, filter?: string): string[] => made.rows(NOW, filter).map(({ label }) => label);

describe('the model of top', () => {
  it('has those that need attention first, then running ones, then others, by name', () => {
    const made = model(
      ...['b', 'a', 'done', 'asked', 'sick', 'failed'].map((name) => at(name, 'start')),
      at('done', 'die', { exitCode: '0' }),
      at('asked', 'kill', { signal: '15' }),
      at('asked', 'die', { exitCode: '143' }),
      at('sick', 'health_status: unhealthy'),
      at('failed', 'die', { exitCode: '1' }),
    );
    expect(names(made)).toEqual(['failed', 'sick', 'a', 'b', 'asked', 'done']);
    expect(names(made, 'e')).toEqual(['failed', 'asked', 'done']);
  });

  it('omits removed containers and other objects', () => {
    const image = { ...at('x', 'pull'), type: 'image' };
    expect(names(model(at('a', 'start'), at('a', 'destroy'), image))).toEqual([]);
  });

  it('counts the events of each span, and forgets old spans', () => {
    const made = model(at('a', 'start'), at('a', 'pause'), at('a', 'unpause', {}, 2n * BAR));
    const [row] = made.rows(NOW + 2n * BAR);
    expect(row?.activity.slice(-3)).toEqual([2, 0, 1]);
    expect(row?.last).toMatchObject({ verb: 'unpause', at: NOW + 2n * BAR });
    expect(made.rows(NOW + BigInt(BARS + 2) * BAR)[0]?.activity).toEqual(Array(BARS).fill(0));
  });

  it('knows containers from a list, and counts restarts', () => {
    const listed = { id: 'a', name: 'a', engine: 'docker', labels: {}, restarts: 2, oomKilled: false };
    const made = new Model([{ ...listed, state: 'exited', exitCode: 3 }]);
    expect(made.rows(NOW)).toMatchObject([{ label: 'a', last: undefined, state: { restarts: 2 } }]);
  });
});
