/** Describes a rule in one line. */
import type { Rule, RuleAction, When } from '../../src/index.ts';
import { formatRestartPolicy } from '../../src/internal.ts';

/** `heal: on event=health_status: unhealthy: restart (at most 60s, 2 retries, 16 at a time)`. */
export function describeRule({ name, when, action, timeout, retries, concurrency }: Rule): string {
  const limits = `at most ${seconds(timeout)}, ${retries} ${retries === 1 ? 'retry' : 'retries'}, ${concurrency} at a time`;
  return `${name}: on ${describeWhen(when)}: ${describeAction(action)} (${limits})`;
}

function describeWhen({ name, filters, often }: When): string {
  const all = Object.entries(filters).filter(([key, [first]]) => key !== 'type' || first !== 'container');
  const parts = [
    ...name.map((pattern) => `name=${pattern}`),
    ...all.flatMap(([key, values]) => values.map((value) => `${operatorOf(key)}${value}`)),
  ];
  const what = parts.length === 0 ? 'every event of containers' : parts.join(' ');
  return often === undefined
    ? what
    : `${what} ${often.times} times in ${seconds(Number(often.within) / 1e6)}`;
}

/** Converts the key `exitCode!` to `exitCode!=`. */
function operatorOf(key: string): string {
  return /[<>~]$/.test(key) ? key : `${key}=`;
}

function describeAction(action: RuleAction): string {
  switch (action.kind) {
    case 'run':
      return `run ${action.command.join(' ')}`;
    case 'webhook':
      return `post to ${action.url}${action.secret === undefined ? '' : ', signed'}`;
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

function seconds(millis: number): string {
  return `${millis / 1000}s`;
}
