/**
 * Environment variables of a command for an event: the common fields. The whole event is on stdin.
 */
import type { EngineEvent } from '../../event.ts';
import { format } from '../../instant.ts';

/** Longest value, in characters: Linux takes 128 KiB for each and some MB for all. */
const LONGEST = 8192;

/**
 * Makes the variables `TIDINGS_…`. An absent field gives an empty value, so that no inherited value
 * remains.
 */
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
    // The system takes no NUL character, and names are untrusted.
    Object.entries(values).map(([key, value]) => [
      `TIDINGS_${key}`,
      value.replaceAll('\0', '').slice(0, LONGEST),
    ]),
  );
}
