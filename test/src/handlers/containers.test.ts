import { NEVER, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import type { EngineControl, Inspected } from '../../../src/engines/control.ts';
import { type EventSource, gapEvent, type IncomingEvent } from '../../../src/event.ts';
import { createContainers } from '../../../src/handlers/containers.ts';
import { silent } from '../../../src/log.ts';
import { event } from '../../support/events.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const source: EventSource = { engine: 'docker', endpoint: 'unix:///a' };
const other: EventSource = { engine: 'docker', endpoint: 'unix:///b' };

/** A control whose lists are what the test says, and which counts how often it was asked. */
function control(
  list: (asked: number) => Observable<readonly Inspected[]>,
): EngineControl & { asked: number } {
  const found = {
    asked: 0,
    list: () =>
      new Observable<readonly Inspected[]>((subscriber) => list(++found.asked).subscribe(subscriber)),
    inspect: () => NEVER,
    start: () => NEVER,
    restart: () => NEVER,
    remove: () => NEVER,
  };
  return found;
}

function listed(id: string, parts: Partial<Inspected['state']> = {}): Inspected {
  return {
    state: {
      id,
      engine: 'docker',
      name: id,
      state: 'running',
      labels: {},
      restarts: 0,
      oomKilled: false,
      ...parts,
    },
  };
}

function setup() {
  const time = virtualTime();
  const collector = createCollector({ scheduler: time.scheduler });
  const containers = createContainers({ collector, scheduler: time.scheduler, now: time.now });
  const changes: string[] = [];
  containers.changes.subscribe(({ name, state }) => changes.push(`${name} ${state}`));
  /** Something happens to a container, now unless the parts say otherwise. */
  const happen = (id: string, action: string, parts: Partial<IncomingEvent> = {}): void =>
    collector.append([event({ id, name: id, action, source, timeNano: time.now(), ...parts })]);
  const states = (): Record<string, string> =>
    Object.fromEntries([...containers.states].map(({ id, state }) => [id, state]));
  return { ...time, collector, containers, changes, happen, states };
}

describe('the containers', () => {
  it('are those of one engine at whichever endpoint it is followed', () => {
    const { containers, collector, states, now } = setup();
    const [one, two] = [source, other].map((each): EventSource => ({ ...each, id: 'A1' })) as [
      EventSource,
      EventSource,
    ];
    const [first, second] = [control(() => of([listed('web')])), control(() => of([listed('job')]))];
    containers.list(one, first);
    expect(containers.of(two)?.map(({ id }) => id)).toEqual(['web']);
    containers.list(two, second);
    expect(states()).toEqual({ web: 'removed', job: 'running' });
    expect(containers.control(one)).toBe(second);
    // The engine is still followed, at the other endpoint: a gap leads to a new list.
    containers.lost(one);
    collector.append([gapEvent({ source: two, timeNano: now(), reason: 'upstream', detail: 'cut' })]);
    expect(second.asked).toBe(2);
    containers.lost(two);
    collector.append([gapEvent({ source: two, timeNano: now(), reason: 'upstream', detail: 'cut' })]);
    expect([first.asked, second.asked]).toEqual([1, 2]);
  });

  it('are those that engines list, and what events make of them', () => {
    const { containers, changes, happen, states } = setup();
    containers.list(
      source,
      control(() => of([listed('web'), listed('job', { state: 'exited', exitCode: 3 })])),
    );
    happen('web', 'die', { attributes: { exitCode: '1' } });
    happen('new', 'create');
    expect(states()).toEqual({ web: 'exited', job: 'exited', new: 'created' });
    expect(changes).toEqual(['web running', 'job exited', 'web exited', 'new created']);
  });

  it('tell up to which event that is', () => {
    const { collector, containers, happen } = setup();
    expect(containers.cursor).toBe(collector.newest);
    happen('web', 'start');
    expect(containers.cursor).toBe(collector.newest);
    const answer = new Subject<readonly Inspected[]>();
    containers.list(
      source,
      control(() => answer),
    );
    const before = collector.newest;
    happen('web', 'die');
    happen('web', 'start');
    expect(containers.cursor).toBe(before);
    answer.next([listed('web')]);
    expect(containers.cursor).toBe(collector.newest);
  });

  it('are as they were when they were listed, and as events say that came meanwhile', () => {
    const { containers, happen, states, pass } = setup();
    const answer = new Subject<readonly Inspected[]>();
    pass(100);
    containers.list(
      source,
      control(() => answer),
    );
    // The engine's clock is behind ours: arrival counts.
    happen('new', 'start', { timeNano: 1n });
    pass(10);
    happen('died', 'die', { timeNano: 2n });
    happen('elsewhere', 'start', { source: other });
    expect(states()).toEqual({ elsewhere: 'running' });
    answer.next([listed('died')]);
    expect(states()).toEqual({ elsewhere: 'running', new: 'running', died: 'exited' });
  });

  it('are gone when an engine does not list them any more, but not for another of its kind', () => {
    const { containers, happen, states, changes } = setup();
    containers.list(
      source,
      control(() => of([listed('a'), listed('b')])),
    );
    containers.list(
      other,
      control(() => of([listed('c')])),
    );
    happen('d', 'start');
    happen('e', 'start', { source: other });
    changes.length = 0;
    containers.list(
      source,
      control(() => of([])),
    );
    containers.list(
      source,
      control(() => of([listed('b')])),
    );
    expect(changes).toContain('a removed');
    expect(states()).toMatchObject({ a: 'removed', c: 'running', d: 'removed', e: 'running' });
  });

  it('keep the restarts that were counted', () => {
    const { containers, happen } = setup();
    for (const action of ['create', 'start', 'die', 'start', 'die', 'start']) happen('web', action);
    containers.list(
      source,
      control(() => of([listed('web', { restarts: 1 })])),
    );
    expect([...containers.states][0]?.restarts).toBe(2);
  });

  it.each([
    [0, 1n],
    [1, 99_999_999_999n * 1_000_000_000n],
  ])('keep the request for the end of the listed run: %i restarts', (restarts, startedAt) => {
    const { containers, happen, pass } = setup();
    pass(1);
    for (const action of ['create', 'start', 'die', 'stop']) happen('web', action);
    const over = { state: 'exited', startedAt: String(startedAt) } as const;
    containers.list(
      source,
      control(() => of([listed('web', over)])),
    );
    happen('web', 'start');
    expect([...containers.states][0]?.restarts).toBe(restarts);
  });

  it('are reported once if nothing has changed', () => {
    const { containers, changes } = setup();
    const engine = control(() => of([listed('web')]));
    containers.list(source, engine);
    containers.list(source, engine);
    expect(engine.asked).toBe(2);
    expect(changes).toEqual(['web running']);
  });

  it('lack labels that are too long, and the log says so', () => {
    const told: [object, string][] = [];
    const log = { ...silent, warn: (fields: object, text: string) => void told.push([fields, text]) };
    const containers = createContainers({ collector: createCollector(), log });
    const long = { ...listed('web'), labelsLeftOut: 2 };
    containers.list(
      source,
      control(() => of([listed('a'), long, { ...listed('b'), labelsLeftOut: 1 }])),
    );
    expect(told).toEqual([
      [
        { ...source, containers: 2, labels: 3, first: 'web' },
        'docker: labels of 2 containers are too long and were left out',
      ],
    ]);
    containers.list(
      other,
      control(() => of([listed('c')])),
    );
    expect(told).toHaveLength(1);
    containers.close();
  });

  it('are asked for again after a failure, and known from events until then', () => {
    const { containers, happen, states, pass } = setup();
    const engine = control((asked) => (asked < 4 ? throwError(() => new Error('no')) : of([listed('b')])));
    containers.list(source, engine);
    happen('a', 'start');
    expect(states()).toEqual({ a: 'running' });
    pass(2999);
    expect(engine.asked).toBe(2);
    pass(4001);
    expect(engine.asked).toBe(4);
    expect(states()).toEqual({ a: 'removed', b: 'running' });
  });

  it('are asked for again when there is no answer in time', () => {
    const { containers, happen, states, pass } = setup();
    const engine = control((asked) => (asked === 1 ? NEVER : of([listed('b')])));
    containers.list(source, engine);
    happen('a', 'start');
    pass(3_599_999);
    expect(states()).toEqual({});
    pass(1);
    expect(states()).toEqual({ a: 'running' });
    pass(1000);
    expect(states()).toEqual({ a: 'removed', b: 'running' });
  });

  it('are asked for again when events were lost, and after an answer that may be from before', () => {
    const { containers, collector, now } = setup();
    const answers = new Subject<readonly Inspected[]>();
    const engine = control(() => answers);
    containers.list(source, engine);
    answers.next([]);
    const gap = (): void =>
      collector.append([gapEvent({ source, timeNano: now(), reason: 'upstream', detail: 'restarted' })]);
    gap();
    expect(engine.asked).toBe(2);
    gap();
    gap();
    expect(engine.asked).toBe(2);
    answers.next([]);
    expect(engine.asked).toBe(3);
    answers.next([]);
    expect(engine.asked).toBe(3);
  });

  it('do not wait for an answer once too much has happened', () => {
    const { containers, collector, states, now } = setup();
    containers.list(
      source,
      control(() => NEVER),
    );
    const many = Array.from({ length: 100_001 }, (_, i) =>
      event({ id: 'web', action: i % 2 === 0 ? 'start' : 'die', source, timeNano: now() }),
    );
    collector.append(many.slice(1));
    expect(states()).toEqual({});
    collector.append(many.slice(0, 1));
    expect(states()).toEqual({ web: 'running' });
  });

  describe('of a long list', () => {
    const LONG = 5000;
    const many = (from: number, to: number): Inspected[] =>
      Array.from({ length: to - from }, (_, i) => listed(`c${from + i}`));

    /** Calls `look` after each turn of other work, until nothing is left to do. */
    function eachTurn({ scheduler, pass }: ReturnType<typeof setup>, look: () => void): void {
      let left = 100;
      scheduler.schedule(function () {
        look();
        if (left-- > 0) this.schedule(undefined, 0);
      });
      pass(0);
    }

    it('are taken in turns: as many each time, and then it is known that they are all', () => {
      const world = setup();
      const { containers, changes } = world;
      const told: boolean[] = [];
      containers.listed.subscribe(({ isLast }) => told.push(isLast));
      containers.list(
        source,
        control(() => of(many(0, LONG))),
      );
      let before = changes.length;
      let most = before;
      eachTurn(world, () => {
        most = Math.max(most, changes.length - before);
        before = changes.length;
      });
      expect(most).toBeLessThanOrEqual(512);
      expect(changes).toHaveLength(LONG);
      expect(told).toEqual([...Array.from({ length: 9 }, () => false), true]);
    });

    it('are as many as the table holds, the running ones first, and the others are not gone', () => {
      const world = setup();
      const { containers, changes, states, happen } = world;
      happen('e0', 'start');
      const runs = Array.from({ length: 10 }, (_, i) => listed(`r${i}`));
      const idle = Array.from({ length: 12_000 }, (_, i) => listed(`e${i}`, { state: 'exited' }));
      containers.list(
        source,
        control(() => of([...runs, ...idle])),
      );
      world.pass(1000);
      expect(Object.values(states())).toHaveLength(10_000);
      expect(states()).toMatchObject({ r0: 'running', r9: 'running', e11999: 'exited' });
      expect(changes.filter((text) => /removed|unknown/.test(text)).length).toBeLessThan(2);
      expect(changes.length).toBeLessThanOrEqual(10_003);
    });

    it('are gone in turns', () => {
      const world = setup();
      const { containers, changes, states } = world;
      const lists = [many(0, LONG), many(LONG - 10, LONG)];
      const engine = control((asked) => of(lists[asked - 1] ?? []));
      containers.list(source, engine);
      world.pass(0);
      changes.length = 0;
      containers.list(source, engine);
      let before = changes.length;
      let most = before;
      eachTurn(world, () => {
        most = Math.max(most, changes.length - before);
        before = changes.length;
      });
      expect(most).toBeLessThanOrEqual(512);
      expect(Object.values(states()).filter((state) => state === 'running')).toHaveLength(10);
    });

    it('end as events say that come between the turns', () => {
      const world = setup();
      const { containers, collector, happen, states } = world;
      containers.list(
        source,
        control(() => of(many(0, LONG))),
      );
      const before = collector.newest;
      let turn = 0;
      eachTurn(world, () => {
        if (turn++ > 20) return;
        happen(`c${turn}`, 'die');
        happen(`c${LONG - turn}`, 'die');
      });
      expect(containers.cursor).toBe(collector.newest);
      expect(containers.cursor).not.toBe(before);
      expect(Object.values(states()).filter((state) => state === 'exited')).toHaveLength(42);
    });

    it('lose no event when the engine is listed again meanwhile', () => {
      const { containers, happen, states, pass } = setup();
      const engine = control(() => of(many(0, LONG)));
      containers.list(source, engine);
      happen('c1', 'die');
      happen(`c${LONG - 1}`, 'die');
      containers.list(source, engine);
      happen('c2', 'die');
      pass(0);
      const ended = Object.entries(states()).filter(([, state]) => state === 'exited');
      expect(ended.map(([id]) => id).sort()).toEqual(['c1', 'c2', `c${LONG - 1}`]);
    });

    it('take no event twice when the engine is listed again meanwhile', () => {
      const { containers, collector, now, changes, pass } = setup();
      const answer = new Subject<readonly Inspected[]>();
      const engine = control((asked) => (asked === 1 ? answer : of([])));
      containers.list(source, engine);
      collector.append(
        Array.from({ length: LONG }, (_, i) =>
          event({ id: `n${i}`, name: 'n', action: 'start', source, timeNano: now() }),
        ),
      );
      answer.next([]);
      containers.list(source, engine);
      pass(0);
      expect(changes.filter((change) => change === 'n running')).toHaveLength(LONG);
    });

    it('let events that were held back through in turns', () => {
      const world = setup();
      const { containers, collector, now } = world;
      const answer = new Subject<readonly Inspected[]>();
      containers.list(
        source,
        control(() => answer),
      );
      const seen: string[] = [];
      containers.changes.subscribe(({ id }) => seen.push(id));
      collector.append(
        Array.from({ length: LONG }, (_, i) =>
          event({ id: `n${i}`, action: 'start', source, timeNano: now() }),
        ),
      );
      answer.next([]);
      let before = seen.length;
      let most = before;
      eachTurn(world, () => {
        most = Math.max(most, seen.length - before);
        before = seen.length;
      });
      expect(most).toBeLessThanOrEqual(512);
      expect(seen).toEqual(Array.from({ length: LONG }, (_, i) => `n${i}`));
    });
  });

  it('have a pid though events state none, where their engine can be asked', () => {
    const { containers, happen } = setup();
    const answers = new Subject<Inspected | undefined>();
    containers.list(source, { ...control(() => of([])), inspect: () => answers });
    const pid = (): number | undefined => [...containers.states][0]?.pid;
    happen('web', 'start', { timeNano: 1n });
    expect(pid()).toBeUndefined();
    answers.next(listed('web', { pid: 7 }));
    expect(pid()).toBe(7);
    happen('web', 'die', { timeNano: 2n });
    answers.next(listed('web', { pid: 7 }));
    expect(pid()).toBeUndefined();
    happen('web', 'start', { timeNano: 3n });
    answers.error(new Error('no'));
    expect(pid()).toBeUndefined();
  });

  it('can be waited on', () => {
    const { containers, happen } = setup();
    containers.list(
      source,
      control(() => of([listed('web')])),
    );
    const seen: (number | undefined)[] = [];
    containers.wait('web', 'exited').subscribe(({ exitCode }) => seen.push(exitCode));
    happen('web', 'die', { attributes: { exitCode: '7' } });
    expect(seen).toEqual([7]);
  });

  it('take nothing in any more once closed', () => {
    const { containers, happen, states, pass } = setup();
    const engine = control(() => throwError(() => new Error('no')));
    containers.list(source, engine);
    containers.close();
    happen('web', 'start');
    pass(60_000);
    expect(states()).toEqual({});
    expect(engine.asked).toBe(1);
  });
});
