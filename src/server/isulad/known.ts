/** Tests whether a container's name is known. */
import { parseNamePattern } from '../../../operators/name-pattern.ts';
import type { ServerContext } from '../context.ts';

/**
 * Tests whether a container of that name or id exists now, by listings and events. @throws
 * RangeError if the name is invalid
 */
export function isThere({ containers }: Pick<ServerContext, 'containers'>, name: string): boolean {
  const { exact = name, matches } = parseNamePattern(name);
  for (const container of containers.states.lookup(exact)) {
    if (container.state !== 'removed' && matches(container)) return true;
  }
  return false;
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
  callback: (known: boolean) => void,
): () => void {
  let done = false;
  const decide = (known: boolean): void => {
    if (done) return;
    done = true;
    delivery.close();
    callback(known);
  };
  const query = { name, cursor: collector.bufferStart, follow: false };
  const delivery = subscriptions.open(protocol, query).start({
    events: () => {
      decide(true);
      return false;
    },
    gap: () => true,
    end: () => decide(false),
    held: () => undefined,
    cutOff: () => undefined,
  });
  return () => {
    done = true;
    delivery.close();
  };
}
