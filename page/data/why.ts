/** The explanation of a run, from the events that the page holds. */
import { type Explanation, explainContainer } from '../../operators/explanation.ts';
import { isGap, type PageEvent } from './event.ts';

/** Events near a death that may be related: ten seconds before and after, in ms. */
const NEAR = 10_000;

/**
 * Explains the death at or before a time.
 *
 * @param at ms since the Unix epoch; undefined: the last one
 */
export function explainRun(
  events: readonly PageEvent[],
  name: string,
  engine: string,
  at: bigint | undefined,
): Explanation | undefined {
  const own: PageEvent[] = [];
  const around: PageEvent[] = [];
  const time = at === undefined ? undefined : Number(at) / 1e6;
  for (const event of events) {
    const isOwn = event.source.engine === engine && (event.name === name || event.id.startsWith(name));
    if (isGap(event) || (isOwn && event.type === 'container')) own.push(event);
    if (time !== undefined && Math.abs(event.at - time) <= NEAR) around.push(event);
  }
  return explainContainer(own, { at, around });
}

/** The events of a run: of its container, from its start to its end. */
export function eventsOfRun(
  events: readonly PageEvent[],
  {
    id,
    engine,
    from,
    to,
  }: { readonly id: string; readonly engine: string; readonly from: number; readonly to: number },
): readonly PageEvent[] {
  return events.filter(
    ({ at, id: its, source, attributes }) =>
      at >= from && at <= to && source.engine === engine && (its === id || attributes['container'] === id),
  );
}
