/** Describes a rule in one line. */
import type { Rule, RuleAction } from '../../src/index.ts';
import type { AlertSettings } from '../../src/internal.ts';
import { formatRestartPolicy } from '../../src/internal.ts';
import { describeWhen } from './when.ts';

/** `heal: on event=health_status: unhealthy: restart (at most 60s, 2 retries, 16 at a time)`. */
export function describeRule({ name, when, action, timeout, retries, concurrency }: Rule): string {
  const limits = `at most ${seconds(timeout)}, ${retries} ${retries === 1 ? 'retry' : 'retries'}, ${concurrency} at a time`;
  return `${name}: on ${describeWhen(when, 'every event of containers')}: ${describeAction(action)} (${limits})`;
}

function describeAction(action: RuleAction): string {
  switch (action.kind) {
    case 'run':
      return `run ${action.command.join(' ')}`;
    case 'webhook':
      return `post to ${action.url}${action.secret === undefined ? '' : ', signed'}`;
    case 'alert':
      return describeAlert(action.settings);
    case 'restart':
      return action.grace === undefined ? 'restart' : `restart after ${action.grace}s of grace`;
    case 'remove':
      return action.force ? 'remove, though it runs' : 'remove';
    case 'restart-policy':
  }
  const { policy, postStop, autoRemove } = action;
  const hook = postStop === undefined ? '' : `, else run ${postStop.join(' ')}`;
  return `restart as ${formatRestartPolicy(policy)} says${hook}${autoRemove ? ', else remove' : ''}`;
}

function describeAlert({ preset, target, ...settings }: AlertSettings): string {
  const { for: wait, group, quiet, recovery } = settings;
  const parts = [
    wait === 0 ? [] : `for ${seconds(wait)}`,
    group === 0 ? [] : `group ${seconds(group)}`,
    quiet === undefined ? [] : 'quiet hours',
    recovery ? [] : 'no recovery',
  ].flat();
  return `alert ${preset} ${target.shown}${parts.length === 0 ? '' : `, ${parts.join(', ')}`}`;
}

function seconds(millis: number): string {
  return `${millis / 1000}s`;
}
