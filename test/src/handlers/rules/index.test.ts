import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import type { EngineEvent } from '../../../../src/event.ts';
import { Subject } from 'rxjs';
import type { KeptRestarts, RestartsKeeper } from '../../../../src/handlers/rules/kept-restarts.ts';
import { createRules, type Rules, type RulesOptions } from '../../../../src/handlers/rules/index.ts';
import { parseRules } from '../../../../src/handlers/rules/load.ts';
import { silent } from '../../../../src/log.ts';
import { event } from '../../../support/events.ts';
import { MODEL, ModelEngine } from '../../../support/model-engine.ts';
import { type VirtualTime, virtualTime } from '../../../support/virtual-time.ts';

interface Setup extends VirtualTime {
  readonly engine: ModelEngine;
  readonly rules: Rules;
  /** Replaces the rules. */
  load(text: string): void;
  /** All events so far. */
  readonly events: readonly EngineEvent[];
  /** Actions of the rules so far: `heal restart web done`. */
  done(): readonly string[];
}

/** Rules over a model engine; every text of a rule is one item of the list. */
function setup(rules: readonly string[], options: Partial<RulesOptions> = {}): Setup {
  const time = virtualTime();
  const engine = new ModelEngine(time);
  const collector = createCollector({ scheduler: time.scheduler });
  const events: EngineEvent[] = [];
  collector.events().subscribe((event) => events.push(event));
  const running = createRules({
    events: collector.events(),
    append: (list) => collector.append(list),
    control: (source) => (source.engine === 'model' ? engine : undefined),
    cursorOf: (event) => collector.cursorOf(event),
    now: time.now,
    elapsed: time.now,
    scheduler: time.scheduler,
    log: silent,
    random: () => 1,
    ...options,
  });
  collector.attach(engine.events);
  const load = (text: string): void => running.load(parseRules(text));
  load(rules.length === 0 ? 'rules: []' : `rules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`);
  return {
    ...time,
    engine,
    rules: running,
    load,
    events,
    done: () =>
      events
        .filter(({ type }) => type === 'tidings')
        .map(({ name, attributes: { rule, does, result } }) => [rule, does, name, result].join(' ')),
  };
}

const HEAL = "{ name: heal, when: { filter: 'event=health_status: unhealthy' }, restart: true }";
const KEEP = '{ name: keep, restart-policy: always }';

describe('a rule', () => {
  it('acts on what it is about, and what it did is an event', () => {
    const { engine, pass, events, rules } = setup([HEAL]);
    engine.create('web', { labels: { tier: 'front' } });
    engine.begin('web');
    pass(500);
    engine.tell('web', 'health_status: unhealthy');
    engine.takes = 250;
    pass(5000);
    expect(engine.asked).toEqual(['500 restart web']);
    const cause = events.find(({ action }) => action.startsWith('health'));
    expect(events.at(-1)).toMatchObject({
      timeNano: 750_000_000n,
      type: 'tidings',
      action: 'rule',
      id: 'web',
      name: 'web',
      source: { engine: 'tidings' },
      attributes: {
        rule: 'heal',
        does: 'restart',
        result: 'done',
        detail: 'it was restarted',
        on: 'health_status: unhealthy',
        cause: expect.stringMatching(`:${cause?.seq}\\.`),
        attempts: '1',
        seconds: '0.250',
        image: 'model:1',
      },
    });
    expect(rules.status).toMatchObject({
      results: [{ rule: 'heal', result: 'done', count: 1 }],
      lost: 0,
      pending: 0,
    });
  });

  it('delays no subscriber: nothing is done before its turn', () => {
    const { engine, pass } = setup([HEAL]);
    engine.create('web');
    engine.tell('web', 'health_status: unhealthy');
    expect(engine.asked).toEqual([]);
    pass(0);
    expect(engine.asked).toEqual(['0 restart web']);
  });

  it('is about the names and filters that it says', () => {
    const when = "{ name: ['web-*', '!web-test'], filter: [event=die, exitCode!=0] }";
    const { engine, pass } = setup([`{ name: a, when: ${when}, remove: true }`]);
    for (const [name, code] of [
      ['web-1', '1'],
      ['web-2', '0'],
      ['web-test', '1'],
      ['db', '1'],
    ] as const) {
      engine.create(name);
      engine.tell(name, 'die', { exitCode: code });
    }
    pass(1000);
    expect(engine.asked).toEqual(['0 remove web-1']);
  });

  it('acts on reconciled events like on others, unless it ignores them', () => {
    const when = '{ filter: event=die }';
    const { engine, pass, done } = setup([
      `{ name: each, when: ${when}, restart: true }`,
      `{ name: seen, reconciled: ignore, when: ${when}, remove: true }`,
      '{ name: kept, reconciled: ignore, when: { name: job }, restart-policy: always }',
    ]);
    for (const name of ['web', 'job', 'db']) engine.create(name);
    engine.tell('web', 'die', { exitCode: '1', reconciled: 'true' });
    engine.tell('job', 'die', { exitCode: '1', reconciled: 'true' });
    pass(1000);
    expect(done()).toEqual(['each restart web done', 'each restart job done']);
    engine.tell('db', 'die', { exitCode: '1', reconciled: 'false' });
    pass(1000);
    expect(engine.asked.slice(2)).toEqual(['1000 restart db', '1000 remove db']);
  });

  it('can wait until something has happened often', () => {
    const { engine, pass } = setup([
      '{ name: a, when: { filter: event=die, times: 3, within: 1s }, remove: true }',
    ]);
    for (const name of ['a', 'b']) engine.create(name);
    // Of a at 0, 400, 1100, 1300 and 1350 ms, of b at 0 and 1350 ms.
    for (const [wait, ...names] of [
      [0, 'a', 'b'],
      [400, 'a'],
      [700, 'a'],
      [200, 'a'],
      [50, 'a', 'b'],
    ] as const) {
      pass(wait);
      for (const name of names) engine.tell(name, 'die');
    }
    pass(10);
    expect(engine.asked).toEqual(['1300 remove a']);
  });

  it('is not about what happened before it was there', () => {
    const { engine, pass, load } = setup([]);
    engine.create('web');
    pass(10);
    load('rules: [{ name: all, when: { filter: event=die }, remove: true }]');
    engine.events.next({ ...event({ id: 'web', source: MODEL }), timeNano: 9_999_999n });
    pass(1000);
    expect(engine.asked).toEqual([]);
    engine.tell('web', 'die');
    pass(1000);
    expect(engine.asked).toEqual(['1010 remove web']);
  });

  it('only says what it would do, where that is asked for', () => {
    const { engine, pass, done, events } = setup([HEAL, KEEP], { dryRun: true });
    engine.create('web', { run: { ms: 10, exitCode: 1 } });
    engine.begin('web');
    engine.tell('web', 'health_status: unhealthy');
    pass(1000);
    expect(engine.asked).toEqual([]);
    expect(done()).toEqual(['heal restart web dry-run', 'keep start web dry-run']);
    expect(events.at(-1)?.attributes['detail']).toBe('would start it after 100 ms, restart 1 in a row');
  });
});

describe('tasks', () => {
  it('of one container are done in order, and hold up no other', () => {
    const first = '{ name: first, when: { filter: event=top }, restart: true }';
    const second = '{ name: second, when: { filter: event=top }, restart: true }';
    const { engine, pass, done } = setup([first, second]);
    engine.takes = 5000;
    for (const name of ['a', 'b', 'c']) engine.create(name);
    for (const name of ['a', 'b', 'a']) engine.tell(name, 'top');
    pass(1000);
    engine.tell('c', 'top');
    pass(30_000);
    expect(engine.asked).toEqual([
      ...[
        '0 restart a',
        '0 restart b',
        '1000 restart c',
        '5000 restart a',
        '5000 restart b',
        '6000 restart c',
      ],
      ...['10000 restart a', '15000 restart a'],
    ]);
    expect(done().filter((each) => each.includes(' a '))).toEqual([
      ...['first restart a done', 'second restart a done', 'first restart a done', 'second restart a done'],
    ]);
  });

  it('of one rule are done for so many containers at a time', () => {
    const { engine, pass } = setup([HEAL.replace('}', '}, concurrency: 2')]);
    engine.takes = 100;
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      engine.create(name);
      engine.tell(name, 'health_status: unhealthy');
    }
    pass(1000);
    expect(engine.asked).toEqual([
      ...['0 restart a', '0 restart b', '100 restart c', '100 restart d', '200 restart e'],
    ]);
  });

  it('are tried again as the rule says, which frees their place meanwhile', () => {
    const { engine, pass, done, events } = setup([HEAL.replace('}', '}, retries: 2, concurrency: 1')]);
    for (const name of ['a', 'b']) engine.create(name);
    engine.failures.push('refuse');
    engine.tell('a', 'health_status: unhealthy');
    engine.tell('b', 'health_status: unhealthy');
    pass(10_000);
    expect(engine.asked).toEqual(['0 restart a', '0 restart b', '1000 restart a']);
    expect(done()).toEqual(['heal restart b done', 'heal restart a done']);
    expect(events.at(-1)?.attributes).toMatchObject({ attempts: '2', seconds: '1.000' });
  });

  it('that always fail are given up, and the next has its turn', () => {
    const { engine, pass, done, events } = setup([HEAL.replace('}', '}, retries: 1')]);
    engine.create('a');
    engine.failures.push('refuse', 'refuse');
    engine.tell('a', 'health_status: unhealthy');
    engine.tell('a', 'health_status: unhealthy');
    pass(10_000);
    expect(done()).toEqual(['heal restart a failed', 'heal restart a done']);
    expect(events.find(({ type }) => type === 'tidings')?.attributes).toMatchObject({
      detail: 'it answers 500: driver failed',
      attempts: '2',
    });
  });

  it('that hang are ended in time', () => {
    const { engine, pass, done } = setup([HEAL.replace('}', '}, timeout: 3s, retries: 0')]);
    engine.create('a');
    engine.failures.push('hang');
    engine.tell('a', 'health_status: unhealthy');
    pass(2999);
    expect(done()).toEqual([]);
    pass(1);
    expect(done()).toEqual(['heal restart a timeout']);
  });

  it('for an engine without a control interface fail at once', () => {
    const { engine, pass, done, events } = setup([HEAL], { control: () => undefined });
    engine.create('a');
    engine.tell('a', 'health_status: unhealthy');
    pass(0);
    expect(done()).toEqual(['heal restart a failed']);
    expect(events.at(-1)?.attributes).toMatchObject({
      detail: 'tidings cannot act on model',
      attempts: '1',
    });
  });

  it('wait for an engine that is connecting, within their time', () => {
    const ready = new Subject<void>();
    let connected = false;
    const model: { engine?: Setup['engine'] } = {};
    const { engine, pass, done } = setup([HEAL.replace('}', '}, timeout: 3s, retries: 0')], {
      control: () => (connected ? model.engine : undefined),
      isComing: () => true,
      ready: () => ready,
    });
    model.engine = engine;
    engine.create('a');
    engine.create('b');
    engine.tell('a', 'health_status: unhealthy');
    pass(1000);
    expect(done()).toEqual([]);
    connected = true;
    ready.next();
    pass(0);
    expect(done()).toEqual(['heal restart a done']);
    connected = false;
    engine.tell('b', 'health_status: unhealthy');
    pass(3000);
    expect(done().at(-1)).toBe('heal restart b timeout');
  });

  it('that find no room are counted, and told of together', () => {
    const { engine, pass, events, rules, done } = setup(
      ['{ name: slow, when: { filter: event=top }, restart: true, chain: 1000 }'],
      { limit: 2 },
    );
    engine.takes = 50_000;
    engine.create('a');
    for (let i = 0; i < 10; i++) engine.tell('a', 'top');
    expect(rules.status).toMatchObject({ lost: 7, pending: 3 });
    pass(1000);
    expect(events.at(-1)).toMatchObject({
      type: 'tidings',
      action: 'gap',
      id: 'a',
      name: 'a',
      attributes: { reason: 'overflow', count: '7', rule: 'slow' },
    });
    pass(600_000);
    expect(done().filter((each) => each === 'slow restart a done')).toHaveLength(3);
    expect(rules.status).toMatchObject({ lost: 7, pending: 0 });
  });

  it('are ended with the rules', () => {
    const { engine, pass, done, rules } = setup([HEAL, KEEP]);
    engine.create('a', { run: { ms: 10, exitCode: 1 } });
    engine.takes = 1000;
    engine.begin('a');
    pass(10);
    engine.tell('a', 'health_status: unhealthy');
    pass(10);
    rules.close();
    pass(60_000);
    expect(engine.asked).toEqual(['10 restart a']);
    expect(done()).toEqual([]);
  });
});

describe('a restart policy', () => {
  it('waits longer each time', () => {
    const { engine, pass, done } = setup([KEEP]);
    engine.create('web', { run: { ms: 50, exitCode: 1 } });
    engine.begin('web');
    pass(7000);
    const starts = engine.asked.map((each) => Number(each.split(' ')[0]));
    expect(starts.map((at, i) => at - (starts[i - 1] ?? 0) - 50)).toEqual([100, 200, 400, 800, 1600, 3200]);
    expect(new Set(done())).toEqual(new Set(['keep start web done']));
  });

  it('respects a stop, and lets docker restart be', () => {
    const { engine, pass } = setup(['{ name: keep, restart-policy: always, auto-remove: true }']);
    for (const name of ['stopped', 'restarted']) {
      engine.create(name);
      engine.begin(name);
    }
    pass(1000);
    engine.stop('stopped');
    engine.stop('restarted');
    pass(900);
    engine.begin('restarted');
    pass(60_000);
    expect(engine.asked).toEqual(['2000 remove stopped']);
  });

  it('is not put off by a signal that ends nothing', () => {
    const { engine, pass } = setup([KEEP]);
    engine.create('web', { run: { ms: 500, exitCode: 1 } });
    engine.begin('web');
    engine.tell('web', 'kill', { signal: 'HUP' });
    pass(700);
    expect(engine.asked).toEqual(['600 start web']);
  });

  it('leaves alone what its engine restarts by itself', () => {
    const policy = '{ name: keep, restart-policy: on-failure, auto-remove: true }';
    const { engine, pass, events } = setup([policy]);
    engine.create('web', { run: { ms: 10, exitCode: 1 }, restartPolicy: 'always' });
    engine.create('job', { run: { ms: 10, exitCode: 0 }, restartPolicy: 'always' });
    engine.begin('web');
    engine.begin('job');
    pass(60_000);
    expect(engine.asked).toEqual([]);
    const rules = events.filter(({ type }) => type === 'tidings');
    expect(rules.map(({ name, attributes }) => [name, attributes['does'], attributes['result']])).toEqual([
      ['job', 'auto-remove', 'skipped'],
      ['web', 'start', 'skipped'],
    ]);
    expect(rules[0]?.attributes['detail']).toBe('its engine restarts it by itself (always)');
  });

  it('takes no end of another run than the known one for one', () => {
    const { engine, pass } = setup([KEEP, '{ name: any, when: { filter: event=die }, remove: true }']);
    engine.create('web');
    engine.begin('web');
    engine.tell('web', 'die', { exitCode: '1', pid: '7', stale: 'true' });
    pass(60_000);
    expect(engine.asked).toEqual([]);
  });

  it('continues after a restart of the daemon, with the count and the rest of a wait', () => {
    const kept = new Map<string, KeptRestarts>();
    const keeper: RestartsKeeper = {
      of: () => new Map(kept),
      keep: (_, key, each) => void (each === undefined ? kept.delete(key) : kept.set(key, each)),
      forget: () => kept.clear(),
    };
    const crash = { run: { ms: 10, exitCode: 1 } };
    const before = setup([KEEP], { keeper });
    before.engine.create('web', crash);
    before.engine.begin('web');
    // Three restarts: at 110, 320 and 730 ms; the fourth is due at 1540.
    before.pass(1000);
    before.rules.close();
    expect([...kept.values()].map(({ due, restarts: { count, delay } }) => ({ due, count, delay }))).toEqual([
      { due: 1_540_000_000n, count: 4, delay: 800 },
    ]);

    const ready = new Subject<void>();
    const after = setup([], { keeper, ready: () => ready });
    after.engine.create('web', crash);
    after.pass(1200);
    after.load(`rules: [${KEEP}]`);
    after.pass(1000);
    expect(after.engine.asked).toEqual([]);
    ready.next();
    after.pass(300);
    expect(after.engine.asked).toEqual(['2200 start web']);
    // The fifth wait is 1,600 ms.
    after.pass(2000);
    expect(after.engine.asked).toEqual(['2200 start web', '3810 start web']);
    after.engine.tell('web', 'destroy');
    expect(kept.size).toBe(0);
  });

  it('does nothing more for a removed container', () => {
    const { engine, pass } = setup([KEEP]);
    engine.create('web', { run: { ms: 10, exitCode: 1 } });
    engine.begin('web');
    pass(50);
    engine.tell('web', 'destroy');
    pass(60_000);
    expect(engine.asked).toEqual([]);
  });
});

describe('a rule that sets off itself', () => {
  const LOOP = '{ name: loop, when: { filter: event=start }, restart: true, chain: 3 }';

  it('is stopped after so many times, and told of once', () => {
    const { engine, pass, done, events } = setup([LOOP]);
    engine.create('web');
    engine.begin('web');
    pass(9000);
    expect(engine.asked).toHaveLength(4);
    expect(done()).toEqual([
      ...Array.from({ length: 4 }, () => 'loop restart web done'),
      'loop restart web cycle',
    ]);
    expect(events.at(-1)?.attributes['detail']).toBe(
      'would restart it, but rules triggered each other 3 times in a row: stopped',
    );
    // As long as things happen, it stays stopped.
    engine.begin('web');
    pass(9000);
    engine.begin('web');
    pass(9000);
    expect(engine.asked).toHaveLength(4);
  });

  it('continues after 10 s of quiet, and never stopped for other containers', () => {
    const { engine, pass } = setup([LOOP]);
    engine.create('web');
    engine.begin('web');
    pass(1000);
    engine.create('other');
    engine.begin('other');
    pass(10_001);
    engine.asked.length = 0;
    engine.begin('web');
    pass(1000);
    expect(engine.asked).toHaveLength(4);
  });

  it('is noticed where two rules set off each other', () => {
    const one = '{ name: one, when: { filter: event=die }, restart: true }';
    const two = '{ name: two, when: { filter: event=restart }, restart: true }';
    const { engine, pass, done } = setup([one, two]);
    engine.takes = 100;
    engine.create('web');
    engine.begin('web');
    engine.stop('web');
    pass(60_000);
    expect(engine.asked).toHaveLength(6);
    expect(done().filter((each) => each.endsWith('cycle'))).toHaveLength(1);
  });
});

describe('other rules', () => {
  it('take the place of those before, all at once', () => {
    const { engine, pass, load } = setup([HEAL]);
    engine.create('web');
    load('rules: [{ name: tidy, when: { filter: event=die }, remove: true }]');
    engine.tell('web', 'health_status: unhealthy');
    engine.tell('web', 'die');
    pass(1000);
    expect(engine.asked).toEqual(['0 remove web']);
  });

  it('leave what stays the same where it is: its waits, and what it has counted', () => {
    const often = '{ name: often, when: { filter: event=top, times: 2, within: 1h }, remove: true }';
    const { engine, pass, load } = setup([KEEP, often]);
    engine.create('web', { run: { ms: 10, exitCode: 1 } });
    engine.create('db');
    engine.begin('web');
    engine.tell('db', 'top');
    pass(60);
    load(`rules:\n  - ${HEAL}\n  - ${often}\n  - ${KEEP}`);
    engine.tell('db', 'top');
    pass(100);
    expect(engine.asked).toEqual(['60 remove db', '110 start web']);
  });

  it('end the waits of those that are gone, though not what has become due', () => {
    const { engine, pass, load } = setup([KEEP, HEAL]);
    engine.create('web', { run: { ms: 10, exitCode: 1 } });
    engine.create('db');
    engine.begin('web');
    engine.tell('db', 'health_status: unhealthy');
    load('rules: []');
    pass(60_000);
    expect(engine.asked).toEqual(['0 restart db']);
  });
});
