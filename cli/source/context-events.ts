/** Reads the events that explain others beside those that a view for people shows. */
import { catchError, firstValueFrom, mergeMap, NEVER, of } from 'rxjs';
import { compileFilters, type Filterable, type Filters } from '../../operators/filters.ts';
import { type EngineEvent, followDaemon, parseCursor, type Query } from '../../src/index.ts';
import type { Settings } from '../settings/place.ts';

/** A wider query, and the test for the events to show. */
export interface PeopleView {
  readonly query: Query;
  /** Undefined: every event is shown. */
  readonly shows: ((event: EngineEvent, cursor: string) => boolean) | undefined;
}

/** The first event of a tail. */
interface First {
  readonly cursor: string;
  readonly timeNano: bigint;
  /** The newest event when the daemon was asked: a tail that is not followed ends there. */
  readonly newest: string;
}

/** Longest usual time between a request and the death that it causes: in ns. */
const LEAD = 60_000_000_000n;

/** Actions that explain a death. */
const EXPLAINING = ['start', 'kill', 'stop', 'oom', 'restart', 'cleanup', 'health_status', 'die', 'died'];

/** Filters that can hide them. */
const HIDING = /^(event|action|exitCode)(?![a-z])/;

/**
 * Widens a query by the events that explain the deaths in it: those before `since`, and those that
 * filters of actions and exit codes leave out.
 *
 * @param first the first event, if the query is a tail
 */
export function withContext(query: Query, first?: First): PeopleView {
  const { since, filters } = query;
  const widened = widen(filters);
  const begin = first?.timeNano ?? since;
  const leads = begin !== undefined && begin > LEAD;
  if (widened === filters && !leads) return { query, shows: undefined };
  const matches = compileFilters(filters ?? {});
  const end = first === undefined || query.follow !== false ? Infinity : parseCursor(first.newest).seq;
  let begun = first === undefined;
  return {
    query: {
      ...query,
      filters: widened,
      ...(leads ? { since: begin - LEAD } : {}),
      ...(first === undefined ? {} : { tail: undefined }),
    },
    shows: (event, cursor) => {
      begun ||= cursor === first?.cursor;
      return begun && event.seq <= end && (since === undefined || event.timeNano >= since) && matches(event);
    },
  };
}

function widen(filters: Filters | undefined): Filters | undefined {
  const given = Object.entries(filters ?? {});
  const hiding = given.filter(([key]) => HIDING.test(key));
  if (hiding.length === 0) return filters;
  const ofActions = hiding.filter(([key]) => !key.startsWith('exitCode'));
  if (!compileFilters(Object.fromEntries(ofActions))(DEATH)) return filters;
  const others = given.filter(([key]) => !HIDING.test(key));
  const asked = (globs: boolean): string[] =>
    ofActions.flatMap(([key, values]) =>
      key.includes('!') || key.endsWith('~') !== globs ? [] : [...(values ?? [])],
    );
  const [texts, globs] = [asked(false), asked(true)];
  const all = ofActions.length > 0 && texts.length + globs.length === 0;
  const actions = all ? {} : { event: [...texts, ...EXPLAINING, 'exec_die'], 'event~': globs };
  return { ...Object.fromEntries(others), ...actions };
}

const DEATH: Filterable = {
  type: 'container',
  action: 'die',
  id: '',
  attributes: {},
  timeNano: 0n,
} as Filterable;

/** Asks the daemon for the first event of a tail; undefined without an answer or an event. */
export async function firstOfTail(query: Query, { endpoint, token }: Settings): Promise<First | undefined> {
  const frames = followDaemon({ endpoint, token, query: { ...query, follow: false }, paused: NEVER });
  let newest = '';
  return await firstValueFrom(
    frames.pipe(
      mergeMap((frame) => {
        if (frame.kind === 'ready') newest = frame.newest;
        if (frame.kind !== 'event') return [];
        return of({ cursor: frame.cursor, timeNano: frame.event.timeNano, newest });
      }),
      catchError(() => of(undefined)),
    ),
    { defaultValue: undefined },
  );
}
