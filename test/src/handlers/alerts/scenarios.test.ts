import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rehearse } from '../../../../src/handlers/alerts/rehearse-alerts.ts';
import { parseRules } from '../../../../src/handlers/rules/load.ts';
import { eventsIn } from '../../../support/recorded.ts';
import { isUnhealthy } from '../../../../operators/life.ts';
import { fnv1a } from '../../../../src/hash.ts';

interface Scenario {
  readonly name: string;
  readonly engines?: readonly string[];
  readonly expect: Readonly<Record<string, unknown>> & {
    readonly subject: string;
    readonly cause?: string;
    readonly asked?: boolean;
  };
  readonly podman?: Readonly<Record<string, unknown>>;
}

const folder = new URL('../../../recordings/deaths/', import.meta.url);
const scenarios = parse(readFileSync(new URL('scenarios.yaml', folder), 'utf8')) as readonly Scenario[];
const rules = parseRules("rules: [{ name: a, alert: { generic: 'http://x', compose: 1ms } }]");

/** Causes without a reason to look; engines report no death if a start fails. */
const QUIET = new Set(['finished', 'running', 'start-failed']);

const cases = scenarios.flatMap((scenario) =>
  ['docker', 'podman'].flatMap((engine) => {
    const path = new URL(`${engine === 'docker' ? '' : 'podman/'}${scenario.name}.ndjson`, folder);
    if (!existsSync(path)) return [];
    const label = {
      ...scenario.expect,
      ...(engine === 'podman' ? scenario.podman : {}),
    } as Scenario['expect'];
    const { cause = '', asked = false, subject } = label;
    return [
      { title: `${scenario.name} on ${engine}`, path, subject, cause, alarms: !asked && !QUIET.has(cause) },
    ];
  }),
);

const half = (title: string): 'tuned' | 'held back' => ((fnv1a(title) & 1) === 0 ? 'tuned' : 'held back');

describe.each(['tuned', 'held back'] as const)('recordings of real engines, %s', (which) => {
  it.each(cases.filter(({ title }) => half(title) === which))(
    '$title: $cause, alarm $alarms',
    ({ path, subject, alarms }) => {
      const events = eventsIn(readFileSync(path, 'utf8'));
      const sick = events.some((event) => event.name === subject && isUnhealthy(event));
      const messages = rehearse(rules, events);
      const about = messages
        .flatMap(({ message }) => message.alerts)
        .filter(({ name, status }) => name === subject && status === 'firing');
      expect(about).toHaveLength(alarms || sick ? 1 : 0);
    },
  );
});
