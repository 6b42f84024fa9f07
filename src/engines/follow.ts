/** Follows an engine for ever: connects, checks its identity, backs off, and reports its state. */
import { asyncScheduler, defer, finalize, type Observable, type SchedulerLike, switchMap } from 'rxjs';
import { nowNano } from '../clock.ts';
import type { EventSource, IncomingEvent } from '../event.ts';
import { answering } from './answering.ts';
import { clockDifference } from './engine-clock.ts';
import type { EngineControl, Inspected } from './control.ts';
import type { Engine, EngineState, FollowOptions, Position, Session, StreamEngine } from './engine.ts';
import { DuplicateError, whatHappened } from './failure.ts';
import { Identities } from './identities.ts';
import { listen } from './session-events.ts';
import type { EventMemory } from './event-memory.ts';
import { Memories } from './memories.ts';
import { Reconciler } from './reconciler.ts';
import { reconnecting } from './reconnecting.ts';

/**
 * Follows an engine: the events that it still keeps, then live ones, with endless reconnecting.
 * Cold; it never errors and never completes. An absent or lost engine is reported to `onStatus` and
 * retried. Lost events give an event of type `daemon`, action `gap`. Unsubscribing closes every
 * connection at once.
 *
 * @throws RangeError at the call if the endpoint is invalid for this engine
 */
export function followEngine(
  engine: Engine | StreamEngine,
  options: FollowOptions,
): Observable<IncomingEvent> {
  if ('stream' in engine) {
    engine.checkEndpoint(options.endpoint);
    return engine.stream(options);
  }
  const { history = true, onStatus, scheduler = asyncScheduler, clock = nowNano } = options;
  const { random, identities = new Identities() } = options;
  const endpoint = engine.checkEndpoint(options.endpoint);
  return defer(() => {
    const memories = new Memories(options, identities);
    const report = reporter({ engine: engine.name, endpoint }, memories, onStatus);
    report('connecting', 'no answer yet');
    let first = true;
    const { followed } = identities;
    const control = engine.control?.(endpoint, followed);
    const place = followed.enter(engine.name, control);

    const session = defer(() => engine.connect(endpoint, { scheduler, clock, followed })).pipe(
      answering(scheduler),
    );
    const events = session.pipe(
      switchMap((opened) => {
        const { source, version } = opened;
        claim(source, identities);
        const memory = memories.of(source);
        place.report('answered');
        if (first) report('connecting', 'reading its history', opened);
        first = false;
        const onConnected = (): void =>
          report('connected', opened.note?.() ?? 'its events arrive', opened, version);
        const reconciler = memory.begun ? reconcilerOf(control, source, options, scheduler) : undefined;
        const onListed = (containers: readonly Inspected[]): void => options.onListed?.(source, containers);
        const listening = { memory, history, scheduler, clock, onConnected, reconciler, onListed };
        return listen(opened, listening).pipe(finalize(() => identities.release(source)));
      }),
    );
    const onLost = (error: unknown): void => {
      place.report('failed');
      report(...whatHappened(error, endpoint));
    };
    return events.pipe(
      reconnecting({ scheduler, random, onLost }),
      finalize(() => place.leave()),
    );
  });
}

function reconcilerOf(
  control: EngineControl | undefined,
  source: EventSource,
  { known, statesBefore = known }: FollowOptions,
  scheduler: SchedulerLike,
): Reconciler | undefined {
  if (statesBefore === undefined || control === undefined) return undefined;
  return new Reconciler(source, statesBefore(source), control, scheduler);
}

function claim(source: EventSource, identities: Identities): void {
  const other = identities.claim(source);
  if (other !== undefined) throw new DuplicateError(source, other);
}

type Report = (state: EngineState, detail: string, session?: Session, version?: string) => void;

/** Reports each state once. */
function reporter(
  unidentified: EventSource,
  memories: Memories,
  onStatus: FollowOptions['onStatus'],
): Report {
  let last = '';
  let source = unidentified;
  let latestSession: Session | undefined;
  return (state, detail, session, version) => {
    const latest = `${state} ${detail} ${version}`;
    source = session?.source ?? source;
    latestSession = session ?? latestSession;
    if (latest === last) return;
    last = latest;
    const clock = session?.clock?.();
    const memory = memories.latest;
    const position = latestSession && memory && positionOf(memory, latestSession);
    onStatus?.({ source, state, detail, version, clockDifference: clockDifference(clock), clock, position });
  };
}

function positionOf(memory: EventMemory, session: Session): () => Position {
  // Without the reading of its clock, which is as old as the session.
  return () => (session.keeps === 0 ? 'live' : memory.position({}));
}
