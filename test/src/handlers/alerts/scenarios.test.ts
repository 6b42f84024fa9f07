import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rehearse } from '../../../../src/handlers/alerts/rehearse-alerts.ts';
import { parseRules } from '../../../../src/handlers/rules/load.ts';
import { eventsIn } from '../../../support/recorded.ts';
import { isUnhealthy } from '../../../../operators/life.ts';

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

describe('recordings of deaths', () => {
  it.each(cases)('$title: $cause, alarm $alarms', ({ path, subject, alarms }) => {
    const events = eventsIn(readFileSync(path, 'utf8'));
    const sick = events.some((event) => event.name === subject && isUnhealthy(event));
    const messages = rehearse(rules, events);
    const about = messages
      .flatMap(({ message }) => message.alerts)
      .filter(({ name, status }) => name === subject && status === 'firing');
    expect(about).toHaveLength(alarms || sick ? 1 : 0);
  });
});

/** A scene of a host's day: see the head of its file. */
interface Scene {
  readonly name: string;
  readonly engines: readonly string[];
  readonly fires: readonly string[];
  readonly recovers?: readonly string[];
  readonly alert?: Readonly<Record<string, unknown>>;
}

const alerts = new URL('../../../recordings/alerts/', import.meta.url);
const scenesIn = (file: string) =>
  (parse(readFileSync(new URL(file, alerts), 'utf8')) as readonly Scene[]).flatMap((scene) =>
    scene.engines.map((engine) => ({ ...scene, engine, title: `${scene.name} on ${engine}` })),
  );

/** The rules were tuned on the first recordings; the others were evaluated once, afterwards: docs/rules.md. */
const sets = { tuned: scenesIn('scenarios.yaml'), 'held back': scenesIn('held-back.yaml') };

function compare({ name, engine, fires, recovers = [], alert }: ReturnType<typeof scenesIn>[number]): void {
  const events = eventsIn(readFileSync(new URL(`${engine}/${name}.ndjson`, alerts), 'utf8'));
  const settings = JSON.stringify({ generic: 'http://x', ...alert });
  const sent = rehearse(parseRules(`rules: [{ name: a, alert: ${settings} }]`), events).flatMap(
    ({ message }) => message.alerts,
  );
  const named = (status: 'firing' | 'resolved'): string[] =>
    sent.filter((each) => each.status === status).map((each) => each.name);
  expect(named('firing').toSorted()).toEqual(fires.toSorted());
  expect(named('resolved')).toEqual(expect.arrayContaining([...recovers]));
}

describe.each(Object.entries(sets))('scenes on real engines, %s', (_, set) => {
  it.each(set)('$title: $fires', compare);
});
