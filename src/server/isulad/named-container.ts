/** Finds the container that a client names. */
import { NEVER } from 'rxjs';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { ServerContext } from '../context.ts';

/**
 * Finds a container that exists now, by listings and events, as iSulad does: by its full id, its
 * name, or a unique prefix of its id.
 *
 * @throws RangeError if several ids begin with it
 */
export function findKnown(
  { containers }: Pick<ServerContext, 'containers'>,
  name: string,
): ContainerState | undefined {
  let named: ContainerState | undefined;
  for (const state of containers.states.lookup(name)) {
    if (state.state === 'removed') continue;
    if (state.id === name) return state;
    if (state.name === name) named = state;
  }
  return named ?? (name === '' ? undefined : beginningWith(containers.states, name));
}

function beginningWith(states: Iterable<ContainerState>, prefix: string): ContainerState | undefined {
  let found: ContainerState | undefined;
  for (const state of states) {
    if (state.state === 'removed' || !state.id.startsWith(prefix)) continue;
    if (found !== undefined && found.id !== state.id)
      throw new RangeError(`Multiple IDs found with provided prefix: ${prefix.slice(0, 80)}`);
    found = state;
  }
  return found;
}

/**
 * Looks for a container, by name or id, among the events in memory, in turns with other work. Calls
 * back once, later, unless cancelled.
 *
 * @returns cancels the search
 * @throws as `subscriptions.open`: the search is a subscription
 */
export function lookUp(
  { collector, subscriptions }: ServerContext,
  protocol: string,
  name: string,
  callback: (isFound: boolean) => void,
): () => void {
  const query = { name, cursor: collector.bufferStart, follow: false };
  const decide = (isFound: boolean): void => {
    search.unsubscribe();
    callback(isFound);
  };
  const search = subscriptions.open(protocol, query).start({
    take: ({ kind }) => {
      if (kind === 'events' || kind === 'end') decide(kind === 'events');
    },
    paused: NEVER,
    held: () => undefined,
    cutOff: () => undefined,
  });
  return () => search.unsubscribe();
}
