/** What an event means to a restart policy. */
import { exitCodeOf } from '../../../operators/exit-code.ts';
import { signalNumber } from '../../../operators/signals.ts';
import { isEnd, isRemoval } from '../../../operators/words.ts';
import type { EngineEvent } from '../../event.ts';
import type { RunChange } from '../../restart-policy.ts';

/** Signals sent to end something: INT, QUIT, ABRT, KILL, TERM. The real-time ones (systemd's), too. */
const ENDING = new Set([2, 3, 6, 9, 15]);
const FIRST_REAL_TIME = 32;

/**
 * Undefined when it means nothing. A `kill` counts as a wish to stop unless its signal is one that programs get for other
 * reasons (HUP, USR1 …): where it is an image's stop signal nonetheless, the `stop` that follows says so.
 */
export function runChangeOf({ action, timeNano, attributes }: EngineEvent): RunChange | undefined {
  if (isEnd(action)) return { kind: 'die', at: timeNano, exitCode: exitCodeOf(attributes) ?? 0 };
  if (isRemoval(action)) return { kind: 'remove' };
  if (action === 'start') return { kind: 'start', at: timeNano };
  if (action === 'stop') return { kind: 'stop' };
  return action === 'kill' && ends(attributes['signal']) ? { kind: 'stop' } : undefined;
}

function ends(signal: string | undefined): boolean {
  const number = signalNumber(signal);
  return number === undefined || ENDING.has(number) || number >= FIRST_REAL_TIME;
}
