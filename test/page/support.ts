/** Events and frames for tests of the page. */
import type { PageEvent } from '../../page/data/event.ts';
import type { PageFrame } from '../../page/data/frames.ts';

let seq = 0;

/** An event at a time in ms; its number is the next. */
export function at(ms: number, action: string, parts: Partial<PageEvent> = {}): PageEvent {
  seq += 1;
  const name = parts.name ?? 'web';
  return {
    seq,
    at: ms,
    timeNano: BigInt(Math.round(ms * 1e6)),
    type: 'container',
    action,
    id: `id-${name}`,
    name,
    attributes: {},
    source: { engine: 'docker' },
    ...parts,
  };
}

/** The cursor of an event. */
export function cursorOf({ seq }: PageEvent): string {
  return `test:${seq}.00`;
}

export function frameOf(event: PageEvent): PageFrame {
  return { kind: 'events', cursor: cursorOf(event), events: [event] };
}

/** A message with these events. */
export function batch(...events: readonly PageEvent[]): {
  readonly kind: 'frames';
  readonly frames: readonly PageFrame[];
} {
  return { kind: 'frames', frames: events.map(frameOf) };
}
