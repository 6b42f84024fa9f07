import { readFileSync } from 'node:fs';
import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { byName } from '../../operators/byName.ts';
import { explainContainer, explainEach, type Explanation } from '../../operators/explanation.ts';
import type { EngineEvent, IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';
import { eventsIn } from '../support/recorded.ts';

interface Label {
  readonly subject: string;
  readonly cause: string;
  readonly either?: readonly string[];
  readonly exitCode?: number;
  readonly signal?: string;
  readonly asked: boolean;
  readonly around?: string;
}

interface Scenario {
  readonly name: string;
  readonly expect: Label;
  /** Differences there. */
  readonly podman?: Partial<Label>;
  readonly engines?: readonly string[];
}

const folder = new URL('../recordings/deaths/', import.meta.url);
const labelled = parse(readFileSync(new URL('scenarios.yaml', folder), 'utf8')) as readonly Scenario[];
const onPodman = labelled
  .filter(({ engines = ['podman'] }) => engines.includes('podman'))
  .map(({ name, expect, podman }) => ({ name: `podman/${name}`, expect: { ...expect, ...podman } }));
const scenarios: readonly Scenario[] = [...labelled, ...onPodman];
const recordingOf = (name: string): EngineEvent[] =>
  eventsIn(readFileSync(new URL(`${name}.ndjson`, folder), 'utf8'));

function named(events: readonly EngineEvent[], name: string): EngineEvent[] {
  const found: EngineEvent[] = [];
  from(events)
    .pipe(byName(name))
    .subscribe((each) => found.push(each));
  return found;
}

function explain(name: string, subject: string): Explanation | undefined {
  const events = recordingOf(name);
  return explainContainer(named(events, subject), { around: events });
}

const seconds = (value: number): bigint => 1_700_000_000_000_000_000n + BigInt(value) * 1_000_000_000n;
const at = (time: number, action: string, attributes = {}, id = 'c'): IncomingEvent =>
  event({ timeNano: seconds(time), action, id, name: 'web', attributes, source: { engine: 'docker' } });

describe('explainContainer', () => {
  const isDeath = ({ expect: { cause } }: Scenario): boolean =>
    cause !== 'running' && cause !== 'start-failed';

  it.each(scenarios.filter(isDeath))('$name', ({ name, expect: right }) => {
    const { subject, cause, either = [cause], exitCode, signal, asked } = right;
    const found = explain(name, subject);
    const { death } = found ?? {};
    expect(found?.status).toBe('died');
    expect(either).toContain(death?.cause);
    // Fields without an expectation in the label count as found.
    expect(death).toMatchObject({
      exitCode: exitCode ?? death?.exitCode,
      ...(signal === undefined ? {} : { signal }),
      requested: either.length === 1 ? asked : death?.requested,
    });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('sees what another container did before', () => {
    const [db] = explain('database-first', 'web')?.around.filter(({ action }) => action === 'die') ?? [];
    expect(db).toMatchObject({ name: 'db', action: 'die' });
    expect(db?.summary).toMatch(/^exit 1/);
  });

  it('knows a container that runs, and one that never started', () => {
    expect(explain('exec-killed', 'web')).toMatchObject({ status: 'running', state: 'running', next: [] });
    expect(explain('podman/paused-and-stopped', 'web')).toMatchObject({ status: 'running', state: 'paused' });
    const unstarted = ['start-of-a-missing-command', 'start-of-a-directory'];
    for (const name of [...unstarted, ...unstarted.map((each) => `podman/${each}`)]) {
      const { status, death, unknown } = explain(name, 'web') ?? {};
      expect({ status, death }).toEqual({ status: 'not-started', death: undefined });
      expect(unknown?.join()).toMatch(/failed start/);
    }
  });

  it('tells a crash loop, with its count, its beginning and the last wait', () => {
    const { loop, startedAgain, earlier } = explain('crash-loop', 'web') ?? {};
    const deaths = recordingOf('crash-loop').filter(({ action }) => action === 'die');
    expect(loop).toMatchObject({ deaths: deaths.length, since: String(deaths[0]?.timeNano) });
    expect(Number(loop?.wait)).toBeGreaterThan(1e8);
    expect(startedAgain === undefined || BigInt(startedAgain) > 0n).toBe(true);
    expect(earlier?.count).toBe(deaths.length - 1);
  });

  it('names the image of the last good run, if it was another', () => {
    expect(explain('image-changed', 'web')).toMatchObject({ image: 'bb:2', imageBefore: 'bb:1' });
  });

  it('explains the death of the container that had the name before', () => {
    const { id, predecessor, state, startedAgain } = explain('compose-recreate', 'app-web-1') ?? {};
    const [old] = recordingOf('compose-recreate');
    expect({ predecessor, state }).toEqual({ predecessor: old?.id, state: 'running' });
    expect(id).not.toBe(old?.id);
    expect(startedAgain).toBeDefined();
  });

  it('explains an earlier death, and all of them', () => {
    const events = [
      at(0, 'start'),
      at(1, 'die', { exitCode: '1' }),
      at(2, 'start'),
      at(30, 'kill', { signal: '15' }),
      at(31, 'die', { exitCode: '0' }),
      at(31, 'stop'),
      at(40, 'start'),
    ];
    expect(explainContainer(events, { at: seconds(5) })?.death).toMatchObject({
      cause: 'failed',
      exitCode: 1,
    });
    expect(explainContainer(events)).toMatchObject({
      death: { cause: 'stopped' },
      state: 'running',
      startedAgain: String(seconds(40)),
    });
    expect(explainEach(events).map(({ death }) => death?.cause)).toEqual(['failed', 'stopped']);
    expect(explainEach(events, { limit: 1 })).toHaveLength(1);
  });

  it("counts the engine's out-of-memory flag, for the run that it is about", () => {
    const events = [at(0, 'start'), at(9, 'die', { exitCode: '137' })];
    const listed = { oomKilled: true, finishedAt: String(seconds(9) + 40_000_000n) };
    expect(explainContainer(events, { listed })?.death).toMatchObject({
      cause: 'out-of-memory',
      outOfMemory: true,
    });
    const other = { ...listed, finishedAt: String(seconds(90)) };
    expect(explainContainer(events, { listed: other })?.death?.cause).toBe('unexplained');
  });

  it('says that events are missing since the run began', () => {
    const gap = event({
      ...{ type: 'daemon', action: 'gap', id: '', name: 'docker', timeNano: seconds(5) },
      ...{ attributes: { reason: 'upstream', detail: 'it was restarted' }, source: { engine: 'docker' } },
    });
    const events = [at(0, 'start'), gap, at(9, 'die', { exitCode: '137' })];
    const found = explainContainer(events);
    expect(found?.gaps).toEqual([
      { time: String(seconds(5)), reason: 'upstream', detail: 'it was restarted' },
    ]);
    expect(found?.unknown[0]).toBe('Events are missing since this run began: the cause can be among them.');
    const earlier = { ...gap, timeNano: seconds(-5) };
    expect(explainContainer([earlier, ...events.filter((each) => each !== gap)])?.gaps).toEqual([]);
  });

  it('puts no hostile name into a command', () => {
    const name = "x'; rm -rf /; '";
    const events = [at(0, 'start'), at(9, 'die', { exitCode: '1' })].map((each) => ({ ...each, name }));
    expect(explainContainer(events)?.next).toEqual([
      String.raw`tidings why 'x'\''; rm -rf /; '\''' --logs 50`,
    ]);
  });

  it('has nothing to say without an event of a container', () => {
    expect(explainContainer([])).toBeUndefined();
  });
});
