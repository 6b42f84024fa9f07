/** Noise: events of machinery that few readers want to see, marked so that views can leave them out. */
import { type IncomingEvent, OwnEvent } from '../event.ts';

/** The kind of noise; undefined for what happened to a container itself. */
function noiseOf({ type, action }: IncomingEvent): 'exec' | 'network' | undefined {
  if (type === 'container' && action.startsWith('exec_')) return 'exec';
  return type === 'network' && (action === 'connect' || action === 'disconnect') ? 'network' : undefined;
}

/**
 * Marks an event with the attribute `noise`: `exec` (also each run of a health check), `network` (a container
 * joins or leaves one). A health check's *result* is noise only where an engine repeats it: see `health`.
 */
export function withNoise(event: IncomingEvent, noise: string | undefined = noiseOf(event)): IncomingEvent {
  if (noise === undefined) return event;
  return new OwnEvent({ ...event, attributes: { ...event.attributes, noise } });
}
