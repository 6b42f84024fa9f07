/** Whether a name is one that anything was heard of. */
import { parseNamePattern } from '../../../operators/name-pattern.ts';
import type { ServerContext } from '../context.ts';

/** Whether there is a container of that name or id now, as engines and events say. @throws RangeError on a bad name */
export function isThere({ containers }: Pick<ServerContext, 'containers'>, name: string): boolean {
  const { matches } = parseNamePattern(name);
  for (const container of containers.states) {
    if (container.state !== 'removed' && matches(container)) return true;
  }
  return false;
}

/**
 * Looks for a container, by name or id, among the events in memory, in turns with all else that is to be done. Calls back
 * once, later, unless it was given up.
 *
 * @returns gives up
 * @throws as `subscriptions.open`: while it looks, it is a subscription
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
