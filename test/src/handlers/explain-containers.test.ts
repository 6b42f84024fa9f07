import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import type { Query } from '../../../src/collector/query.ts';
import { gapEvent, type IncomingEvent } from '../../../src/event.ts';
import { explain } from '../../../src/handlers/explain-containers.ts';
import { event } from '../../support/events.ts';

const seconds = (value: number): bigint => 1_700_000_000_000_000_000n + BigInt(value) * 1_000_000_000n;
const at = (time: number, name: string, action: string, attributes = {}): IncomingEvent =>
  event({ timeNano: seconds(time), action, attributes, id: name, name, source: { engine: 'docker' } });
const gap = gapEvent({
  ...{ source: { engine: 'docker' }, timeNano: seconds(880), reason: 'upstream', detail: 'it was restarted' },
});

describe('explain', () => {
  it('reads the newest events of the name, and the minute before its death and ten seconds after', async () => {
    const collector = createCollector();
    collector.append([
      at(0, 'web', 'start'),
      gap,
      at(870, 'db', 'die', { exitCode: '1' }),
      at(895, 'cache', 'die', { exitCode: '1' }),
      at(900, 'web', 'die', { exitCode: '137' }),
    ]);
    const asked: Query[] = [];
    const read = (query: Query): ReturnType<typeof collector.events> => {
      asked.push(query);
      return collector.events(query);
    };
    const [found] = await firstValueFrom(explain(read, { name: 'web' }));
    expect(found).toMatchObject({
      death: { cause: 'unexplained' },
      around: [{ name: 'cache', action: 'die' }],
      gaps: [{ reason: 'upstream', detail: 'it was restarted' }],
    });
    expect(asked).toEqual([
      { name: 'web', tail: 10_000, follow: false },
      { since: seconds(840), until: seconds(910), follow: false },
    ]);
  });

  it("counts the engine's own flag", async () => {
    const collector = createCollector();
    collector.append([at(0, 'web', 'start'), at(9, 'web', 'die', { exitCode: '137' })]);
    const state = { id: 'web', engine: 'docker', oomKilled: true, finishedAt: String(seconds(9)) };
    const states = [{ ...state, state: 'exited' as const, labels: {}, restarts: 0 }];
    expect(
      await firstValueFrom(explain((query) => collector.events(query), { name: 'web', states })),
    ).toMatchObject([{ death: { cause: 'out-of-memory' } }]);
  });

  it('has nothing for a name without events', async () => {
    const collector = createCollector();
    expect(await firstValueFrom(explain((query) => collector.events(query), { name: 'web' }))).toEqual([]);
  });
});
