/** The meaning of an event to a restart policy. */
import { exitCodeOf } from '../../../operators/exit-code.ts';
import { signalNumber } from '../../../operators/signals.ts';
import { isEnd, isRemoval } from '../../../operators/words.ts';
import type { EngineEvent } from '../../event.ts';
import type { RunChange } from '../../restart-policy.ts';

/**
 * Signals that end a process: INT, QUIT, ABRT, KILL, TERM. The real-time signals (systemd's) end
 * one too.
 */
const ENDING = new Set([2, 3, 6, 9, 15]);
const FIRST_REAL_TIME = 32;

/**
 * Returns undefined for an event without a meaning to the policy. A `kill` counts as a request to
 * stop unless programs use its signal for other purposes (HUP, USR1 …). If that signal is the
 * image's stop signal, the `stop` event that follows shows it.
 */
export function runChangeOf(event: EngineEvent): RunChange | undefined {
  const { action, timeNano, attributes } = event;
  if (isEnd(event)) return { kind: 'die', at: timeNano, exitCode: exitCodeOf(attributes) ?? 0 };
  if (isRemoval(action)) return { kind: 'remove' };
  if (action === 'start') return { kind: 'start', at: timeNano };
  if (action === 'stop') return { kind: 'stop' };
  return action === 'kill' && ends(attributes['signal']) ? { kind: 'stop' } : undefined;
}

function ends(signal: string | undefined): boolean {
  const number = signalNumber(signal);
  return number === undefined || ENDING.has(number) || number >= FIRST_REAL_TIME;
}
