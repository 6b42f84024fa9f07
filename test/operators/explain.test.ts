import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Cause } from '../../operators/cause-text.ts';
import { createExplainer, type Death, explainDeath, type Illness } from '../../operators/explain.ts';
import { signalName } from '../../operators/signals.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { eventsIn, recorded } from '../support/recorded.ts';

const SECOND = 1_000_000_000n;

const at = (
  seconds: number,
  action: string,
  attributes: Record<string, string> = {},
  id = 'a',
): IncomingEvent =>
  event({ id, name: id, action, attributes, timeNano: SECOND + BigInt(Math.round(seconds * 1e9)) });
const start = at(0, 'start');
const kill = (seconds: number, signal: string): IncomingEvent => at(seconds, 'kill', { signal });
const die = (seconds: number, exitCode: string, more = {}): IncomingEvent =>
  at(seconds, 'die', { exitCode, ...more });
const by = (engine: string, list: readonly IncomingEvent[]): IncomingEvent[] =>
  list.map((each) => ({ ...each, source: { engine } }));
const check = (seconds: number, exitCode: string): IncomingEvent => at(seconds, 'exec_die', { exitCode });
const sick = (seconds: number): IncomingEvent => at(seconds, 'health_status: unhealthy');

function explainAll(
  events: Iterable<IncomingEvent>,
  options = {},
): (Death<IncomingEvent> | Illness<IncomingEvent>)[] {
  const explainer = createExplainer<IncomingEvent>(options);
  return [...events].map((each) => explainer.explain(each)).filter((found) => found !== undefined);
}

function lastDeath(events: readonly IncomingEvent[]): Death<IncomingEvent> {
  const found = explainAll(events).at(-1);
  if (found?.kind !== 'death') throw new Error('no death');
  return found;
}

const RED = true;
const CALM = false;

describe('explainDeath', () => {
  it.each<[summary: string, cause: Cause, alarming: boolean, events: IncomingEvent[]]>([
    ['exit 0 after 3 s', 'finished', CALM, [start, die(3, '0')]],
    ['exit 3 after 0.7 s', 'failed', RED, [start, die(0.7, '3')]],
    ['exit 3', 'failed', RED, [die(0.7, '3')]],
    ['exit 125 (the engine could not run it)', 'failed', RED, [die(1, '125')]],
    ['exit 126 (command cannot be executed) after 50 ms', 'failed', RED, [start, die(0.05, '126')]],
    ['exit 127 (command not found) after 0.1 s', 'failed', RED, [start, die(0.1, '127')]],
    ['exit 0xC0000005 (access violation) after 5 min', 'failed', RED, [start, die(300, '3221225477')]],
    ['exit 0xC0000005 (access violation) after 5 min', 'failed', RED, [start, die(300, '-1073741819')]],
    ['exit 255', 'failed', RED, [die(1, '255')]],
    ['crashed (SIGSEGV) after 2 h', 'crashed', RED, [start, die(7300, '139')]],
    ['out of memory after 4 h', 'out-of-memory', RED, [start, at(14_400, 'oom'), die(14_400, '137')]],
    ['out of memory after 1 s', 'out-of-memory', RED, [start, die(1, '137', { oomKilled: 'true' })]],
    ['exit 1 after 1 s, a process was out of memory', 'failed', RED, [start, at(0.9, 'oom'), die(1, '1')]],
    ['killed from outside (SIGKILL) after 1 s', 'unexplained', RED, [start, die(1, '137')]],
    ['killed (SIGKILL) after 1 s', 'killed', RED, [start, die(1, '137', { signal: '9' })]],
    ['no exit code after 1 s', 'unknown', RED, [start, at(1, 'die')]],
    ['on request (SIGKILL)', 'killed', CALM, [start, kill(5, '9'), die(5.1, '137')]],
    ['on request (SIGHUP)', 'killed', CALM, [start, kill(5, 'HUP'), die(5.1, '129')]],
    ['on request (SIGTERM)', 'stopped', CALM, [start, kill(5, '15'), die(5.1, '0')]],
    ['on request (SIGTERM) while unhealthy', 'unhealthy', CALM, [start, sick(4), kill(5, '15'), die(6, '0')]],
    ['on request (SIGTERM)', 'stopped', CALM, [start, kill(5, '15'), die(5.1, '143')]],
    ['on request (SIGTERM, exit 1)', 'stopped', CALM, [start, kill(5, '15'), die(5.1, '1')]],
    ['on request (SIGRTMIN+3, SIGSEGV)', 'stopped', CALM, [start, kill(5, 'RTMIN+3'), die(5.1, '139')]],
    [
      'on request (SIGTERM, SIGKILL after 10 s)',
      'grace-ran-out',
      CALM,
      [start, kill(5, '15'), kill(15.05, '9'), die(15.2, '137')],
    ],
    [
      'on request (SIGTERM, SIGKILL after 1 s) after 4 failed checks',
      'unhealthy',
      CALM,
      [
        ...[start, check(1, '1'), check(2, '1'), sick(2.1), check(3, '1'), kill(3.5, '15'), check(4, '1')],
        ...[kill(4.5, '9'), die(4.6, '137')],
      ],
    ],
    [
      'on request (stop)',
      'stopped',
      CALM,
      by('podman', [at(1, 'stop'), at(2, 'died', { containerExitCode: '0' })]),
    ],
    [
      'on request (restart)',
      'stopped',
      CALM,
      by('podman', [at(1, 'restart'), at(2, 'died', { containerExitCode: '0' })]),
    ],
    [
      'on request (stop, SIGKILL after 10 s)',
      'grace-ran-out',
      CALM,
      by('podman', [at(1, 'stop'), at(11.2, 'died', { containerExitCode: '137' })]),
    ],
    [
      'on request (kill, SIGKILL)',
      'killed',
      CALM,
      by('podman', [at(1, 'kill'), at(1, 'died', { containerExitCode: '137' })]),
    ],
    // It lived on after the kill: another signal ended it.
    [
      'killed from outside (SIGKILL)',
      'unexplained',
      RED,
      by('podman', [at(1, 'kill'), at(2.5, 'died', { containerExitCode: '137' })]),
    ],
    [
      'on request (kill, SIGTERM)',
      'killed',
      CALM,
      by('podman', [at(1, 'kill'), at(6, 'died', { containerExitCode: '143' })]),
    ],
    ['exit 1', 'failed', RED, [at(5, 'start'), die(4, '1')]], // The engine's clock was set back.
  ])('%s', (summary, cause, alarming, events) => {
    const death = events.at(-1) as IncomingEvent;
    for (const found of [
      explainDeath(death, events),
      explainDeath(death, events.slice(0, -1)),
      lastDeath(events),
    ]) {
      expect(found).toMatchObject({ summary, cause, alarming });
      expect(found.event).toBe(death);
    }
  });

  it('gives the facts that the words are made of', () => {
    const events = [start, kill(5, '15'), kill(15, '9'), die(15.5, '137', { reconciled: 'true' })];
    expect(explainDeath(events[3] as IncomingEvent, events)).toMatchObject({
      ...{ exitCode: 137, meaning: 'SIGKILL', signal: 9, request: events[1], seen: [events[1], events[2]] },
      ...{
        grace: 10n * SECOND,
        duration: 15_500_000_000n,
        requested: true,
        failedChecks: 0,
        reconciled: true,
      },
    });
  });

  it('counts an oom that comes just behind the death, in the same run', () => {
    const death = die(1, '137');
    expect(explainDeath(death, [start, death, at(1.2, 'oom')]).cause).toBe('out-of-memory');
    expect(explainDeath(death, [start, death, at(9, 'oom')]).cause).toBe('unexplained');
    expect(explainDeath(death, [start, death, at(1.1, 'start'), at(1.2, 'oom')]).cause).toBe('unexplained');
    expect(explainDeath(death, [start, death, at(1.2, 'oom', {}, 'b')]).cause).toBe('unexplained');
  });

  it('looks at the run of that death alone', () => {
    const events = [
      start,
      at(1, 'oom'),
      die(2, '137'),
      at(3, 'start'),
      die(4, '137'),
      at(5, 'start'),
      die(6, '0'),
    ];
    const [, , first, , second, , third] = events as [IncomingEvent, ...IncomingEvent[]] & IncomingEvent[];
    const causes = [first, second, third].map((death) => explainDeath(death as IncomingEvent, events).cause);
    expect(causes).toEqual(['out-of-memory', 'unexplained', 'finished']);
    // Equal ids on two engines are two containers.
    const other = by('other', [at(1, 'kill', { signal: '9' })]);
    expect(explainDeath(die(2, '137'), [start, ...other]).cause).toBe('unexplained');
  });

  it('explains the deaths of a real Docker', () => {
    const found = explainAll(recorded('verdicts')).map(({ name, summary }) => `${name}: ${summary}`);
    expect(found).toEqual([
      'exit3: exit 3 after 0.4 s',
      'badcmd: exit 127 (command not found) after 68 ms',
      'rude: on request (SIGTERM, SIGKILL after 2 s)',
      'restarted: on request (SIGTERM)',
      'restarted: on request (SIGKILL)',
      'host: killed from outside (SIGKILL) after 0.1 s',
      'oom: out of memory after 0.5 s',
      'sick: 2 failed checks',
      'sick: on request (SIGTERM, SIGKILL after 1 s) after 5 failed checks',
      'sick: on request (SIGKILL)',
      'survivor: on request (SIGTERM, SIGKILL after 10 s)',
    ]);
  });
});

interface Scenario {
  readonly name: string;
  readonly expect: {
    readonly subject: string;
    readonly cause: string;
    readonly either?: readonly string[];
    readonly exitCode?: number;
    readonly signal?: string;
    readonly asked: boolean;
  };
}

const folder = new URL('../recordings/deaths/', import.meta.url);
const scenarios = parse(readFileSync(new URL('scenarios.yaml', folder), 'utf8')) as Scenario[];

describe('the recorded deaths, labelled before they were read', () => {
  const alive = new Set(['running', 'start-failed']); // Docker told of no death.

  it.each(scenarios.map((scenario) => [scenario.name, scenario.expect] as const))('%s', (name, label) => {
    const events = eventsIn(readFileSync(new URL(`${name}.ndjson`, folder), 'utf8'));
    const deaths = events.filter((each) => each.action === 'die' && each.name === label.subject);
    const last = deaths.at(-1);
    const found = last === undefined ? undefined : explainDeath(last, events);
    const { exitCode = found?.exitCode, signal } = label;
    const causes = label.either ?? [label.cause];
    expect(causes).toContain(found?.cause ?? causes.find((cause) => alive.has(cause)));
    // Where two causes are right, so are both answers.
    expect(found === undefined || label.either !== undefined || found.requested === label.asked).toBe(true);
    expect(found?.exitCode).toBe(exitCode);
    expect(signal === undefined || signalName(found?.signal ?? 0) === signal).toBe(true);
  });
});

describe('createExplainer', () => {
  it('reports an illness with the failed checks', () => {
    const told = explainAll([start, check(1, '1'), check(2, '0'), check(3, '1'), check(4, '137'), sick(5)]);
    expect(told).toMatchObject([{ kind: 'illness', id: 'a', failedChecks: 2, summary: '2 failed checks' }]);
    expect(explainAll([sick(1)])).toMatchObject([{ failedChecks: 0, summary: 'unhealthy' }]);
    expect(explainAll([start, check(1, '1'), at(2, 'health_status: healthy'), sick(3)])).toMatchObject([
      { summary: 'unhealthy' },
    ]);
    // It reports the health before the check, then the end of the check.
    const podman = [1, 2].flatMap((i) => [
      at(i, 'health_status', { health_status: 'unhealthy' }),
      check(i, '1'),
    ]);
    expect(explainAll(by('podman', podman))).toMatchObject([
      { summary: 'unhealthy' },
      { summary: '1 failed check' },
    ]);
  });

  it('knows the run times of a seed', () => {
    const seed = [
      { id: 'a', engine: 'test', state: 'running', startedAt: String(SECOND) },
      { id: 'b', engine: 'test', state: 'exited', startedAt: String(SECOND) },
      { id: 'c', engine: 'test', state: 'running', startedAt: '0' },
      { id: 'd', state: 'running', startedAt: String(SECOND) },
    ];
    const events = ['a', 'b', 'c', 'd'].map((id) => at(7200, 'die', { exitCode: '1' }, id));
    expect(explainAll(events, { seed }).map(({ summary }) => summary)).toEqual([
      ...['exit 1 after 2 h', 'exit 1', 'exit 1', 'exit 1'],
    ]);
    expect(
      explainAll([at(7200, 'die', { exitCode: '1' })], {
        seed: [...seed, { ...seed[0], id: 'z' }],
        limit: 1,
      }),
    ).toMatchObject([{ summary: 'exit 1' }]);
  });

  it('forgets a removed container, and refuses a bad limit', () => {
    expect(lastDeath([start, kill(1, '9'), at(2, 'destroy'), die(3, '137')])).toMatchObject({
      cause: 'unexplained',
      duration: undefined,
    });
    expect(() => createExplainer({ limit: 0 })).toThrow('invalid limit 0: a whole number, 1 or more');
  });

  const anyEvent = fc
    .record({
      id: fc.constantFrom('a', 'b'),
      engine: fc.constantFrom('docker', 'podman'),
      seconds: fc.integer({ min: 0, max: 50 }),
      action: fc.constantFrom(
        'start',
        'kill',
        'stop',
        'restart',
        'die',
        'died',
        'destroy',
        'exec_die',
        'pause',
        'health_status: unhealthy',
      ),
      exitCode: fc.constantFrom('0', '1', '137', '143', '139', 'x', '3221225477'),
      signal: fc.constantFrom('9', '15', 'HUP', '', '\u001b[31m'),
    })
    .map(({ id, engine, seconds, action, ...attributes }) => ({
      ...at(seconds, action, attributes, id),
      source: { engine },
    }));

  it('agrees with explainDeath, whatever happens to other containers', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const explainer = createExplainer<IncomingEvent>();
        for (const [i, each] of events.entries()) {
          const found = explainer.explain(each);
          if (found?.kind !== 'death') continue;
          const own = events
            .slice(0, i + 1)
            .filter(({ id, source }) => id === each.id && source.engine === each.source.engine);
          expect(found).toEqual(explainDeath(each, own));
        }
      }),
    );
  });

  it('is red exactly for unrequested deaths, in words of one plain line', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        for (const found of explainAll(events)) {
          expect(found.summary).toMatch(/^[\x20-\x7e]+$/);
          if (found.kind === 'illness') continue;
          expect(found.alarming).toBe(!found.requested && found.cause !== 'finished');
          expect(found.requested).toBe(found.request !== undefined);
          expect(found.request === undefined || found.seen.includes(found.request)).toBe(true);
          expect(found.duration ?? 0n).toBeGreaterThanOrEqual(0n);
        }
      }),
    );
  });
});

describe('an explainer that revises', () => {
  const summaries = (...events: IncomingEvent[]): string[] =>
    explainAll(events, { revise: true }).map(({ summary }) => summary);

  it('returns a death again when a later event explains it', () => {
    expect(summaries(start, die(3, '137'), kill(3.01, '9'))).toEqual([
      'killed from outside (SIGKILL) after 3 s',
      'on request (SIGKILL)',
    ]);
    expect(summaries(start, die(3, '137'), at(3.2, 'oom'))).toEqual([
      'killed from outside (SIGKILL) after 3 s',
      'out of memory after 3 s',
    ]);
    expect(summaries(start, die(3, '143'), at(3.1, 'stop'))).toHaveLength(2);
  });

  it('returns it once if nothing changes its cause', () => {
    expect(summaries(start, kill(2, '15'), die(3, '143'), at(3.1, 'stop'))).toHaveLength(1);
    expect(summaries(start, die(3, '1'), at(3.1, 'start'), kill(3.2, '9'))).toHaveLength(1);
    expect(summaries(start, die(3, '137'), kill(8.1, '9'))).toHaveLength(1);
    expect(summaries(start, die(3, '137'), { ...kill(3.1, '9'), id: 'b' })).toHaveLength(1);
  });
});
