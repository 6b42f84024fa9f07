/** `GET /v1/containers`: the containers as they are, or were. */
import type { NamePattern } from '../../../operators/name-pattern.ts';
import type { ContainerState } from '../../../operators/container-state.ts';
import { stringify } from '../../encoders/json-text.ts';
import * as instant from '../../instant.ts';
import type { ServerContext } from '../context.ts';
import { answer, HttpError } from '../http/answer.ts';
import { clientNames } from '../names/index.ts';
import type { Exchange } from '../protocol.ts';

const PARAMS = ['name', 'at'];

/**
 * Answers `{cursor, containers}`: what comes after the cursor is not in there yet. With `at`, `{at, containers, gaps}`: see
 * `ContainersAt`.
 */
export function containersHandler(context: ServerContext): (exchange: Exchange) => Promise<void> {
  return async ({ response, query }) => {
    const odd = [...query.keys()].find((key) => !PARAMS.includes(key));
    if (odd !== undefined) {
      throw new RangeError(`unknown parameter ${JSON.stringify(odd)}: known are ${PARAMS.join(', ')}`);
    }
    const wanted = selection(clientNames(query.getAll('name'), context.limits));
    const at = query.get('at');
    const found = at === null ? now(context) : await then(context, at);
    const containers = found.containers.filter(wanted);
    answer(response, 200, `${stringify({ ...found, containers })}\n`);
  };
}

interface Found {
  readonly containers: readonly ContainerState[];
}

function now({ containers: { cursor, states } }: ServerContext): Found & { readonly cursor: string } {
  return { cursor, containers: [...states].filter(({ state }) => state !== 'removed') };
}

async function then({ containersAt, now }: ServerContext, at: string): Promise<Found> {
  const time = instant.parse(at, { now: now() });
  const found = containersAt(time);
  if (found !== undefined) return await found;
  throw new HttpError(
    404,
    'this daemon has no journal, so it only knows what runs now: give it a --data-dir',
  );
}

/** As names select events: one that matches is enough, a negated one that matches excludes. */
function selection(patterns: readonly NamePattern[]): (container: ContainerState) => boolean {
  const negated = patterns.filter((pattern) => pattern.negated);
  const positive = patterns.filter((pattern) => !pattern.negated);
  const any = (list: readonly NamePattern[], container: ContainerState): boolean =>
    list.some((pattern) => pattern.matches(container));
  return (container) => (positive.length === 0 || any(positive, container)) && !any(negated, container);
}
