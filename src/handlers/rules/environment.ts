/** An event as a command's environment: what most need of it; all of it is on stdin. */
import type { EngineEvent } from '../../event.ts';
import { format } from '../../instant.ts';

/** The longest value, in characters: the system takes 128 KiB for each and some MB for all. */
const LONGEST = 8192;

/** `TIDINGS_…`: what an event does not state is empty rather than missing, so that no older value gets through. */
export function environmentOf(
  { timeNano, type, action, id, name = '', attributes, source }: EngineEvent,
  rule: string,
  cursor: string,
): Record<string, string> {
  const values = {
    RULE: rule,
    CURSOR: cursor,
    TIME: format(timeNano),
    TIME_NANO: String(timeNano),
    TYPE: type,
    ACTION: action,
    ID: id,
    NAME: name,
    IMAGE: attributes['image'] ?? '',
    EXIT_CODE: attributes['exitCode'] ?? '',
    SIGNAL: attributes['signal'] ?? '',
    ENGINE: source.engine,
    ENDPOINT: source.endpoint ?? '',
  };
  return Object.fromEntries(
    // The system takes no NUL, and a name is whatever somebody gave.
    Object.entries(values).map(([key, value]) => [
      `TIDINGS_${key}`,
      value.replaceAll('\0', '').slice(0, LONGEST),
    ]),
  );
}
