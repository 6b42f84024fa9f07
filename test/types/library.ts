/**
 * The library's types as a user's compiler sees them: compiled against `dist/` by the lint, and by
 * TypeScript 5.6 in the system tests. Nothing of it runs.
 */
import { map, type Observable, Subject } from 'rxjs';
import { createCollector, type EngineEvent, type IncomingEvent, instant, openMonitor } from 'tidings';
import { type Engine, followEngine } from 'tidings/engine';
import { type Journal, memoryStore, openJournal } from 'tidings/journal';
import {
  byExpression,
  byFilters,
  byName,
  concatMapBy,
  cooldown,
  type Death,
  deaths,
  explainDeath,
  foldRestarts,
  inOrder,
  matchSequence,
  type RestartLoop,
  type SequenceResult,
  toAsyncIterable,
  withStates,
} from 'tidings/operators';

type Equal<A, B> = [A, B] extends [B, A] ? true : false;

/** Compiles only if the Observable is of just that type. */
declare function of<Expected>(): <Actual>(
  observable: Observable<Actual>,
  equal: Equal<Actual, Expected>,
) => void;

interface Mine extends IncomingEvent {
  readonly mine: 1;
}

declare const events: Observable<Mine>;

of<Mine>()(events.pipe(byName(['web-*', /^db/])), true);
of<Mine>()(events.pipe(byExpression('web-* event=die')), true);
of<Mine>()(events.pipe(byFilters({ event: ['die'], 'exitCode>=': ['128'], 'label!~': ['tier=*'] })), true);
of<Mine>()(events.pipe(inOrder({ slack: 5, onLate: ({ mine }, lateBy) => void [mine, lateBy * 2n] })), true);
of<Mine>()(events.pipe(cooldown(({ id }) => id, 5)), true);
of<Death<Mine>>()(events.pipe(deaths()), true);
of<Mine | RestartLoop<Mine>>()(events.pipe(foldRestarts()), true);
of<SequenceResult<Mine>>()(events.pipe(matchSequence<Mine>([{ event: ['die'] }])), true);
of<number>()(events.pipe(concatMapBy(({ mine }) => [mine as number])), true);
of<1>()(
  events.pipe(
    withStates(),
    map(({ event }) => event.mine),
  ),
  true,
);
of<EngineEvent>()(createCollector().events({ since: instant.parse('90m'), name: 'web' }), true);

// @ts-expect-error -- a typo in a key
byFilters({ evnt: ['die'] });
// @ts-expect-error -- only exit codes are compared
byFilters({ 'event>': ['die'] });
// @ts-expect-error -- values are lists
byFilters({ event: 'die' });
// @ts-expect-error -- no slack is right for all
inOrder({});
// @ts-expect-error -- instants are bigints
createCollector().events({ since: 5 });
// @ts-expect-error -- deaths need attributes
new Subject<{ id: string }>().pipe(deaths());
// @ts-expect-error -- a queue has a bound
toAsyncIterable({});

export async function use(engine: Engine): Promise<void> {
  const journal: Journal = await openJournal({ directory: '/var/lib/tidings', store: memoryStore() });
  await journal.close();
  const collector = createCollector();
  collector.attach(followEngine(engine, { endpoint: '/run/docker.sock' }));
  const monitor = await openMonitor({ directory: '/run/tidings' });
  collector.attach(monitor.events);
  for await (const event of toAsyncIterable<IncomingEvent>({ limit: 10 })(collector.events())) {
    const { summary, alarming } = explainDeath(event, [event]);
    if (alarming) throw new Error(summary);
  }
}
