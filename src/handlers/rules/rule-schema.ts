/** The schema of rule files, and its transformation to rules. */
import { z } from 'zod';
import { alert } from '../alerts/alert-fields.ts';
import * as field from '../../checked-file/setting-fields.ts';
import type { Rule, RuleAction, When } from './rule.ts';

const when = z.strictObject({
  name: field.names.optional(),
  filter: field.filters.optional(),
  times: z.int().min(2).max(1000).optional(),
  within: field.nanos.optional(),
});

const webhook = z.strictObject({
  url: field.url,
  headers: field.headers.optional(),
  secret: field.secret.optional(),
});

const written = z.strictObject({
  name: field.ruleName,
  when: when.optional(),
  run: field.command.optional(),
  webhook: z.preprocess((value) => (typeof value === 'string' ? { url: value } : value), webhook).optional(),
  alert: alert.optional(),
  restart: z.preprocess(orTrue, z.strictObject({ grace: field.seconds.optional() })).optional(),
  remove: z.preprocess(orTrue, z.strictObject({ force: z.boolean().optional() })).optional(),
  'restart-policy': field.policy.optional(),
  'post-stop': field.command.optional(),
  'auto-remove': z.boolean().optional(),
  timeout: field.millis.optional(),
  retries: z.int().min(0).max(100).optional(),
  concurrency: z.int().min(1).max(1000).optional(),
  chain: z.int().min(1).max(1000).optional(),
  reconciled: z.literal('ignore').optional(),
});

type Written = z.infer<typeof written>;

/** Accepts `restart: true` for an action without options. */
function orTrue(value: unknown): unknown {
  return value === true ? {} : value;
}

const ACTIONS = ['run', 'webhook', 'alert', 'restart', 'remove', 'restart-policy'] as const;

/** Default time limit of an attempt in ms, and default count of repetitions. */
const DEFAULTS: Readonly<Record<RuleAction['kind'], Pick<Rule, 'timeout' | 'retries'>>> = {
  run: { timeout: 30_000, retries: 0 },
  webhook: { timeout: 10_000, retries: 5 },
  alert: { timeout: 10_000, retries: 20 },
  restart: { timeout: 60_000, retries: 2 },
  remove: { timeout: 60_000, retries: 2 },
  'restart-policy': { timeout: 60_000, retries: 2 },
};

/** Filter keys that only apply to events; a policy applies to containers. */
const OF_EVENTS = /^(event|action|type|exitCode)\W*$/;

const rule: z.ZodType<Rule> = written.transform((value, context) => {
  const problem = (path: readonly PropertyKey[], message: string): void =>
    void context.issues.push({ code: 'custom', message, path: [...path], input: value });
  checkAction(value, problem);
  checkWhen(value, problem);
  const action = actionOf(value);
  return action === undefined || context.issues.length > 0 ? z.NEVER : ruleOf(value, action);
});

export const rulesFile: z.ZodType<{ readonly rules: readonly Rule[] }> = z
  .strictObject({ rules: z.array(rule).max(1000) })
  .superRefine(({ rules }, context) => {
    const names = rules.map(({ name }) => name);
    for (const [i, name] of names.entries()) {
      if (names.indexOf(name) === i) continue;
      const message = `${name} is the name of an earlier rule: give each its own`;
      context.issues.push({ code: 'custom', message, path: ['rules', i, 'name'], input: name });
    }
  });

type Problem = (path: readonly PropertyKey[], message: string) => void;

function checkAction(value: Written, problem: Problem): void {
  const given = ACTIONS.filter((kind) => value[kind] !== undefined);
  const [, second] = given;
  if (given.length === 0) problem([], `does nothing: give it one of ${ACTIONS.join(', ')}`);
  if (second !== undefined) {
    problem([second], `is a second action, beside ${given[0]}: write two rules`);
  }
  for (const key of ['post-stop', 'auto-remove'] as const) {
    if (value[key] !== undefined && value['restart-policy'] === undefined) {
      problem([key], "belongs to a restart-policy: add one, if only 'restart-policy: no'");
    }
  }
}

function checkWhen({ when = {}, ...value }: Written, problem: Problem): void {
  const { filter = {}, times, within } = when;
  if ((times === undefined) !== (within === undefined)) {
    problem(['when'], 'times and within belong together: give both');
  }
  const types = [...(filter.type ?? []), ...(filter['type~'] ?? [])];
  if (types.includes('tidings')) problem(['when', 'filter'], 'a rule cannot react to actions of rules');
  const onContainers = value.restart ?? value.remove ?? value['restart-policy'];
  if (onContainers !== undefined && types.some((type) => type !== 'container')) {
    problem(['when', 'filter'], 'only containers can be restarted or removed');
  }
  const selects = value.alert !== undefined ? 'an alert' : 'a restart-policy';
  if (value['restart-policy'] === undefined && value.alert === undefined) return;
  const odd = Object.keys(filter).find((key) => OF_EVENTS.test(key));
  if (odd !== undefined) {
    problem(['when', 'filter'], `${selects} selects its events itself: leave out ${odd}`);
  }
  if (times !== undefined) problem(['when', 'times'], `${selects} counts by itself: leave it out`);
}

function actionOf(value: Written): RuleAction | undefined {
  const { run, webhook, restart, remove } = value;
  const policy = value['restart-policy'];
  if (run !== undefined) return { kind: 'run', command: run };
  if (webhook !== undefined) {
    return { kind: 'webhook', url: webhook.url, headers: webhook.headers ?? {}, secret: webhook.secret };
  }
  if (value.alert !== undefined) return { kind: 'alert', settings: value.alert };
  if (restart !== undefined) return { kind: 'restart', grace: restart.grace };
  if (remove !== undefined) return { kind: 'remove', force: remove.force ?? false };
  if (policy === undefined) return undefined;
  return {
    kind: 'restart-policy',
    policy,
    postStop: value['post-stop'],
    autoRemove: value['auto-remove'] ?? false,
  };
}

function ruleOf(value: Written, action: RuleAction): Rule {
  const defaults = DEFAULTS[action.kind];
  return {
    name: value.name,
    when: whenOf(value.when),
    action,
    timeout: value.timeout ?? defaults.timeout,
    retries: value.retries ?? defaults.retries,
    concurrency: value.concurrency ?? 16,
    chain: value.chain ?? 5,
    ...(value.reconciled === undefined ? {} : { reconciled: value.reconciled }),
  };
}

function whenOf({ name = [], filter = {}, times, within }: NonNullable<Written['when']> = {}): When {
  const anyType = filter.type === undefined && filter['type~'] === undefined;
  const filters = anyType ? { ...filter, type: ['container'] } : filter;
  const often = times === undefined || within === undefined ? undefined : { times, within };
  return { name, filters, often };
}
