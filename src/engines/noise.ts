/** Marks noise: machinery events that few readers want, so that views can leave them out. */
import { type IncomingEvent, OwnEvent } from '../event.ts';

/** The kind of noise; undefined for events of the container itself. */
function noiseOf({ type, action }: IncomingEvent): 'exec' | 'network' | undefined {
  if (type === 'container' && action.startsWith('exec_')) return 'exec';
  return type === 'network' && (action === 'connect' || action === 'disconnect') ? 'network' : undefined;
}

/**
 * Marks an event with the attribute `noise`: `exec` (also each run of a health check), `network` (a
 * container joins or leaves one). A health check's *result* is noise only if the engine repeats it:
 * see `health`.
 */
export function withNoise(event: IncomingEvent, noise: string | undefined = noiseOf(event)): IncomingEvent {
  if (noise === undefined) return event;
  return new OwnEvent({ ...event, attributes: { ...event.attributes, noise } });
}
