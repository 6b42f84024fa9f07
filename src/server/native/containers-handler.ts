/** `GET /v1/containers`: the current containers, or those at a past time. */
import type { NamePattern } from '../../../operators/name-pattern.ts';
import type { ContainerState } from '../../../operators/container-state.ts';
import * as instant from '../../instant.ts';
import type { ContainersAt } from '../../journal/states/containers-at.ts';
import type { ServerContext } from '../context.ts';
import { HttpError } from '../http/http-answer.ts';
import { clientNames } from '../names/index.ts';
import type { Exchange } from '../protocol.ts';
import { ContainerAnswers, type FoundContainers } from './container-answers.ts';

const PARAMS = ['name', 'at'];

/**
 * Answers `{cursor, containers}`: later events than the cursor are not included. With `at`, answers
 * `{at, containers, gaps}`: see `ContainersAt`.
 */
export function containersHandler(context: ServerContext): (exchange: Exchange) => Promise<void> {
  const answers = new ContainerAnswers(context.turns, context.limits);
  let past: Promise<unknown> = Promise.resolve();

  return async ({ response, query }) => {
    const odd = [...query.keys()].find((key) => !PARAMS.includes(key));
    if (odd !== undefined) {
      throw new RangeError(`unknown parameter ${JSON.stringify(odd)}: known are ${PARAMS.join(', ')}`);
    }
    const patterns = clientNames(query.getAll('name'), context.limits);
    const wants = selection(patterns);
    const cost = Math.max(1, patterns.length);
    const at = query.get('at');
    if (at !== null) {
      const time = instant.parse(at, { now: context.now() });
      answers.take('pastAnswers', response);
      // One after the other: each reads the journal, in its own turns.
      const found = past.then(() => (response.destroyed ? undefined : then(context, time)));
      past = found.catch(() => undefined);
      const state = await found;
      if (state !== undefined) await answers.send(response, state, wants, cost);
      return;
    }
    answers.take('answers', response);
    const { containers } = context;
    if (patterns.length === 0) return await answers.sendAll(response, containers);
    const there = (container: ContainerState): boolean => container.state !== 'removed' && wants(container);
    await answers.send(response, named(containers, patterns) ?? answers.now(containers), there, cost);
  };
}

async function then({ containersAt }: ServerContext, time: instant.Instant): Promise<ContainersAt> {
  const found = containersAt(time);
  if (found !== undefined) return await found;
  throw new HttpError(
    404,
    'this daemon has no journal, so it only knows what runs now: give it a --data-dir',
  );
}

/** Looks up exact names in the index; undefined if a pattern is not an exact name. */
function named(
  { cursor, states }: ServerContext['containers'],
  patterns: readonly NamePattern[],
): FoundContainers | undefined {
  const found = new Set<ContainerState>();
  const positive = patterns.filter(({ negated }) => !negated);
  for (const { exact } of positive) {
    if (exact === undefined) return undefined;
    for (const state of states.lookup(exact)) found.add(state);
  }
  return positive.length === 0 ? undefined : { cursor, containers: [...found] };
}

/**
 * Selects as names select events: one matching pattern is enough; a matching negated one excludes.
 */
function selection(patterns: readonly NamePattern[]): (container: ContainerState) => boolean {
  const negated = patterns.filter((pattern) => pattern.negated);
  const positive = patterns.filter((pattern) => !pattern.negated);
  const any = (list: readonly NamePattern[], container: ContainerState): boolean =>
    list.some((pattern) => pattern.matches(container));
  return (container) => (positive.length === 0 || any(positive, container)) && !any(negated, container);
}
