import fc from 'fast-check';
import { concat, map, NEVER, of, Subject, throwError, timer, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { EventMemory } from '../../../src/engines/event-memory.ts';
import { followEngine } from '../../../src/engines/follow.ts';
import type { Engine, EngineStatus, FollowOptions, Session } from '../../../src/engines/engine.ts';
import { Identities } from '../../../src/engines/identities.ts';
import { type EventSource, type IncomingEvent, isGap } from '../../../src/event.ts';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { EngineControl, Inspected } from '../../../src/engines/control.ts';
import { received } from '../../../src/engines/received.ts';
import { event } from '../../support/events.ts';
import { HOLDS, ModelEngine, numberOf, numbered, source } from './model.ts';

/** After so long a session that began is decided upon: in ms. */
const SETTLED = 101;

/** Follows an engine in virtual time and keeps what comes: `#3` or `gap`. */
function following(engine: Engine, options: Partial<FollowOptions> = {}) {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const states: string[] = [];
  const events: IncomingEvent[] = [];
  const subscription = followEngine(engine, {
    endpoint: 'unix:///d',
    scheduler,
    random: () => 1,
    clock: () => BigInt(scheduler.now()) * 1_000_000n,
    onStatus: ({ state, version, detail }) => states.push([state, version ?? detail].join(': ')),
    ...options,
  }).subscribe((event) => events.push(event));
  const pass = (ms: number): void => {
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.flush();
    scheduler.frame = scheduler.maxFrames;
  };
  // Until what is kept has arrived for sure.
  pass(SETTLED);
  return {
    states,
    events,
    subscription,
    scheduler,
    received: () => events.map((event) => (isGap(event) ? 'gap' : `#${numberOf(event)}`)).join(' '),
    /** Lets virtual time pass: in ms. */
    pass,
  };
}

const NO_CONTROL: EngineControl = {
  list: () => NEVER,
  inspect: () => NEVER,
  start: () => NEVER,
  restart: () => NEVER,
  remove: () => NEVER,
};

/** The engine as an object of its own, to be changed. */
function plain(engine: ModelEngine): Engine {
  return {
    name: engine.name,
    defaultEndpoint: engine.defaultEndpoint,
    detect: () => [],
    checkEndpoint: (endpoint) => endpoint,
    connect: (endpoint) => engine.connect(endpoint),
  };
}

describe('following an engine', () => {
  it('begins with the held events, or without them', () => {
    const engine = new ModelEngine();
    engine.publish(2);
    const all = following(engine);
    const fresh = following(engine, { history: false });
    engine.publish();
    expect(all.received()).toBe('#0 #1 #2');
    expect(fresh.received()).toBe('#2');
    expect(all.states).toEqual([
      'connecting: no answer yet',
      'connecting: reading its history',
      'connected: 1.41',
    ]);
    expect(engine.requests).toEqual(['connect', 'events oldest', 'held', 'connect', 'events live']);
  });

  it('continues after a lost connection without hole or repeat', () => {
    const engine = new ModelEngine();
    engine.publish(2);
    const { received, states, pass } = following(engine);
    engine.cut();
    engine.publish(3);
    pass(99);
    expect(received()).toBe('#0 #1');
    pass(1);
    expect(received()).toBe('#0 #1 #2 #3 #4');
    engine.publish();
    expect(received()).toBe('#0 #1 #2 #3 #4 #5');
    pass(SETTLED);
    expect(states.slice(2)).toEqual([
      'connected: 1.41',
      'retrying: the connection was lost',
      'connected: 1.41',
    ]);
  });

  it('begins with a gap if the events before are lost, and tells it once', () => {
    const engine = new ModelEngine();
    engine.publish(2);
    const { received, events, pass } = following(engine, { hasLost: () => true });
    expect(received()).toBe('gap #0 #1');
    expect(events[0]?.attributes['detail']).toBe(
      'the events of model from before the restart are lost, and perhaps others',
    );
    engine.cut();
    engine.publish();
    pass(100 + SETTLED);
    expect(received()).toBe('gap #0 #1 #2');
  });

  it('has a gap if more events than the engine keeps followed a session without any', () => {
    const engine = new ModelEngine();
    const { received, pass } = following(engine);
    engine.cut();
    engine.publish(HOLDS + 1);
    pass(100 + SETTLED);
    expect(received().startsWith('gap #1 #2 ')).toBe(true);
  });

  it('is connected once all of the replay has arrived, also if its beginning proves that there is no hole', () => {
    const model = new ModelEngine();
    const engine = {
      ...plain(model),
      connect: (endpoint: string) =>
        model.connect(endpoint).pipe(
          map((session) => ({
            ...session,
            events: () => {
              const [one, two] = [
                [0, 1],
                [2, 3],
              ].map((part) => part.map((n) => numbered(n, BigInt(n))));
              return concat(of([], one ?? []), timer(60, scheduler).pipe(map(() => two ?? [])), NEVER);
            },
          })),
        ),
    };
    const scheduler = new VirtualTimeScheduler(undefined, 0);
    const states: string[] = [];
    const seen: string[] = [];
    followEngine(engine, {
      endpoint: 'unix:///d',
      scheduler,
      resume: [numbered(0, 0n).event],
      clock: () => BigInt(scheduler.now()) * 1_000_000n,
      onStatus: ({ state }) => states.push(state),
    }).subscribe((event) => seen.push(`#${numberOf(event)} ${states.at(-1)}`));
    scheduler.maxFrames = SETTLED;
    scheduler.flush();
    expect(seen).toEqual(['#1 connecting', '#2 connecting', '#3 connecting']);
    expect(states.at(-1)).toBe('connected');
  });

  it('bridges as many events as it keeps, less the two that prove it', () => {
    const bridged = (count: number): string => {
      const engine = new ModelEngine();
      engine.publish(10);
      const { received, pass } = following(engine);
      engine.cut();
      engine.publish(count);
      pass(100 + SETTLED);
      return received().replaceAll(/#\d+ ?/g, '');
    };
    expect(bridged(HOLDS - 2)).toBe('');
    expect(bridged(HOLDS - 1)).toMatch(/^gap/);
  });

  it('reports a gap if more happened than it keeps, with the instants around it', () => {
    const engine = new ModelEngine();
    engine.publish(10);
    const { events, pass } = following(engine);
    engine.cut();
    engine.publish(HOLDS + 40);
    pass(100 + SETTLED);
    expect(events.slice(9, 12)).toEqual([
      numbered(9).event,
      expect.objectContaining({
        type: 'daemon',
        action: 'gap',
        timeNano: 301_000_000n,
        source,
        attributes: {
          reason: 'upstream',
          detail: 'more than the 256 events that model keeps happened while there was no connection',
          since: '9000001',
          until: '50000001',
        },
      }),
      numbered(50).event,
    ]);
    expect(events).toHaveLength(10 + 1 + HOLDS);
  });

  it('reports a gap after a restart, also when nothing has happened since', () => {
    const engine = new ModelEngine();
    engine.publish();
    const { received, states, events, pass } = following(engine);
    engine.stop();
    engine.publish(); // Into the void.
    engine.stop();
    pass(150);
    expect(states.at(-1)).toBe('absent: no process listens on that socket');
    engine.up = true;
    pass(10_000);
    expect(received()).toBe('#0 gap');
    engine.publish();
    expect(received()).toBe('#0 gap #2');
    expect(events[1]?.attributes).toMatchObject({
      detail: 'model keeps none of the events seen before: it was restarted, and its memory with it',
      since: '1',
      until: expect.stringMatching(/^\d+$/),
    });
  });

  it('reports one gap once, however often the connection is lost right after', () => {
    const engine = new ModelEngine();
    engine.publish();
    const { received, pass } = following(engine);
    engine.stop();
    engine.up = true;
    engine.publish();
    for (let i = 0; i < 3; i++) {
      pass(10_000);
      engine.cut();
    }
    expect(received()).toBe('#0 gap #1');
  });

  it('reports a restart once, and nothing at later cuts of an engine with an empty memory', () => {
    const engine = new ModelEngine();
    engine.publish(1, 1n);
    const { events, pass } = following(engine);
    engine.stop();
    engine.up = true;
    for (let i = 0; i < 4; i++) {
      pass(20_000);
      engine.cut();
    }
    expect(events.filter(isGap)).toHaveLength(1);
    engine.publish();
    pass(20_000);
    expect(events.filter(isGap)).toHaveLength(1);
    engine.stop();
    engine.up = true;
    pass(20_000);
    expect(events.filter(isGap)).toHaveLength(2);
  });

  it('reports no loss without evidence of one', () => {
    const engine = new ModelEngine();
    const { received, pass } = following(engine);
    engine.cut();
    engine.publish();
    pass(100 + SETTLED);
    expect(received()).toBe('#0');
  });

  it('reports a gap at each cut of an engine that keeps nothing', () => {
    const engine = new ModelEngine(0);
    const { received, pass, events, states } = following(engine);
    engine.publish(2);
    engine.cut();
    engine.publish(1);
    pass(100 + SETTLED);
    engine.publish(1);
    expect(received()).toBe('#0 #1 gap #3');
    expect(events[2]?.attributes['detail']).toBe(
      'model keeps no events: those of the time without a connection are missing',
    );
    expect(states.at(-1)).toBe('connected: 1.41');
  });

  it('asks a silent engine after a minute, and connects again if it keeps what did not arrive', () => {
    const engine = new ModelEngine();
    const { received, pass, states } = following(engine);
    engine.publish();
    pass(65_000);
    const asked = engine.requests.length;
    pass(60_000);
    expect(engine.requests.slice(asked)).toEqual(['held']);
    engine.hangs = true;
    engine.publish();
    pass(6000);
    expect(received()).toBe('#0');
    engine.hangs = false;
    pass(10_000);
    expect(received()).toBe('#0 #1');
    expect(states.slice(-2)).toEqual([
      'retrying: its stream is silent, and 1 of its events did not arrive',
      'connected: 1.41',
    ]);
  });

  it('tells equal events of whole seconds apart by their number', () => {
    const engine = new ModelEngine();
    const second = 1_700_000_000_000_000_000n;
    const same = (count: number): void => {
      for (let i = 0; i < count; i++) {
        engine.published = 7;
        engine.publish(1, second);
      }
    };
    same(3);
    const { received, pass } = following(engine);
    expect(received()).toBe('#7 #7 #7');
    engine.cut();
    pass(100 + SETTLED);
    expect(received()).toBe('#7 #7 #7');
    engine.cut();
    same(1);
    pass(1000);
    same(1);
    expect(received()).toBe('#7 #7 #7 #7 #7');
  });

  it('follows one engine at one endpoint, and takes the other one when that is lost', () => {
    const engine = new ModelEngine();
    engine.id = 'A1';
    const identities = new Identities();
    const one = following(engine, { identities, endpoint: 'unix:///a' });
    const two = following(engine, { identities, endpoint: 'unix:///b' });
    engine.publish();
    expect([one.received(), two.received()]).toEqual(['#0', '']);
    expect(two.states.at(-1)).toMatch(/^duplicate: unix:\/\/\/b is the same engine as unix:\/\/\/a, .*A1/);
    one.subscription.unsubscribe();
    engine.publish(2);
    two.pass(20_000);
    engine.publish();
    expect(two.received()).toBe('#1 #2 #3');
    expect(two.states.at(-1)).toBe('connected: 1.41');
  });

  it('tells the hole if an engine that keeps nothing continues at another endpoint', () => {
    const engine = new ModelEngine(0);
    engine.id = 'A1';
    const identities = new Identities();
    const one = following(engine, { identities, endpoint: 'unix:///a' });
    const two = following(engine, { identities, endpoint: 'unix:///b' });
    engine.publish();
    one.subscription.unsubscribe();
    two.pass(20_000);
    engine.publish();
    expect([one.received(), two.received()]).toEqual(['#0', 'gap #1']);
  });

  it('resumes after the events of its identity, which another endpoint brought', () => {
    const engine = new ModelEngine();
    engine.id = 'A1';
    engine.publish(5);
    const sources: EventSource[] = [];
    const resume = (asked: EventSource): readonly IncomingEvent[] => {
      sources.push(asked);
      return [2, 3].map((n) => ({ ...numbered(n).event, source: { ...source, id: 'A1' } }));
    };
    const { received, pass } = following(engine, { resume, endpoint: 'unix:///b' });
    engine.cut();
    pass(100 + SETTLED);
    expect(received()).toBe('#4');
    expect(sources).toEqual([{ engine: 'model', endpoint: 'unix:///b', id: 'A1' }]);
  });

  it('continues if an engine states another identity and has the same events', () => {
    const engine = new ModelEngine();
    engine.id = 'old:/var/lib';
    engine.publish(2);
    const { received, pass } = following(engine);
    engine.id = 'new:/var/lib';
    engine.cut();
    engine.publish();
    pass(100 + SETTLED);
    expect(received()).toBe('#0 #1 #2');
  });

  it('tells a gap if another engine answers, and none when each is back at the place of the other', () => {
    const [a, b] = [new ModelEngine(), new ModelEngine()];
    [a.id, b.id] = ['A1', 'B2'];
    b.published = 100;
    a.publish(2);
    b.publish(2);
    let places: Readonly<Record<string, ModelEngine>> = { 'unix:///a': a };
    const connect = (endpoint: string) =>
      places[endpoint]?.connect(endpoint) ?? throwError(() => new Error('none'));
    const identities = new Identities();
    const one = following({ ...plain(a), connect }, { identities, endpoint: 'unix:///a' });
    places = { 'unix:///a': b };
    a.cut();
    one.pass(20_000);
    expect(one.received()).toBe('#0 #1 gap #100 #101');
    places = { 'unix:///a': a, 'unix:///b': b };
    b.cut();
    a.publish();
    b.publish();
    one.pass(20_000);
    const two = following({ ...plain(b), connect }, { identities, endpoint: 'unix:///b' });
    expect([one.received(), two.received()]).toEqual(['#0 #1 gap #100 #101 #2', '#102']);
  });

  it('remembers the engines of the latest connections, however many identities a server states', () => {
    const identities = new Identities();
    let made = 0;
    const memoryOf = (id: string): unknown =>
      identities.memoryOf({ engine: 'model', id }, () => (made++, new EventMemory()));
    const first = memoryOf('A1');
    for (let i = 0; i < 1000; i++) {
      memoryOf(`B${i}`);
      expect(memoryOf('A1')).toBe(first);
    }
    expect(made).toBe(1001);
    memoryOf('B0');
    expect(made).toBe(1002);
  });

  it('reconciles after a hole, and tells the real event that arrives later no second time', () => {
    const engine = new ModelEngine(0);
    const running: ContainerState = {
      ...{ id: 'e0', engine: 'model', name: 'web', state: 'running', labels: {} },
      ...{ restarts: 0, oomKilled: false },
    };
    const answer = new Subject<readonly Inspected[]>();
    const list = { ...plain(engine), control: () => ({ ...NO_CONTROL, list: () => answer }) };
    const { events, pass, states } = following(list, { statesBefore: () => [running] });
    engine.publish(1, 1n);
    engine.cut();
    pass(200);
    const later = (id: string, action: string, timeNano: bigint): void =>
      engine.emit(received(event({ id, name: 'web', action, timeNano, source })));
    later('e1', 'create', 60_000_000n);
    expect(states.at(-1)).not.toMatch(/^connected/);
    answer.next([{ state: { ...running, state: 'exited', finishedAt: '50000000', exitCode: 1 } }]);
    later('e0', 'die', 50_000_001n);
    later('e0', 'start', 70_000_000n);
    later('e0', 'die', 80_000_000n);
    expect(states.at(-1)).toMatch(/^connected/);
    expect(
      events.slice(1).map(({ action, attributes }) => action + (attributes['reconciled'] ?? '')),
    ).toEqual(['gap', 'dietrue', 'create', 'start', 'die']);
  });

  it('reconciles an engine that keeps nothing also if no event came before the hole', () => {
    const engine = new ModelEngine(0);
    const made: ContainerState = {
      ...{ id: 'e1', engine: 'model', name: 'web', state: 'running', labels: {}, restarts: 0 },
      ...{ oomKilled: false, createdAt: '150000000', startedAt: '160000000' },
    };
    const older = { ...made, id: 'e2', createdAt: '50000000' };
    const list = {
      ...plain(engine),
      control: () => ({ ...NO_CONTROL, list: () => of([{ state: made }, { state: older }]) }),
    };
    const { events, pass, states } = following(list, { known: () => [], clock: () => 100_000_000n });
    engine.cut();
    pass(200);
    expect(states.at(-1)).toMatch(/^connected/);
    expect(events.map(({ action, timeNano }) => `${action} ${timeNano}`)).toEqual([
      'gap 100000000',
      'create 150000000',
      'start 160000000',
    ]);
  });

  it('delivers the first of two at once, when it lost the connection after the second', () => {
    const engine = new ModelEngine();
    const { received, pass } = following(engine);
    engine.hold();
    engine.emit(engine.hold());
    engine.cut();
    pass(100 + SETTLED);
    expect(received()).toBe('#1 #0');
  });

  it('resumes with the events that are already held', () => {
    const engine = new ModelEngine();
    engine.publish(20);
    const held = Array.from({ length: 15 }, (_, n) => numbered(n).event);
    expect(following(engine, { resume: held }).received()).toBe('#15 #16 #17 #18 #19');
    expect(following(engine, { resume: held.slice(-1) }).received()).toBe('#15 #16 #17 #18 #19');
    engine.publish(HOLDS);
    expect(following(engine, { resume: held }).received()).toMatch(/^gap #20 #21/);
  });

  it('states its position, which moves with the events', () => {
    const positions: (string | undefined)[] = [];
    let position: EngineStatus['position'];
    const report = (): unknown => positions.push(position === undefined ? undefined : String(position()));
    const onStatus = (status: EngineStatus): void => void (position = status.position);
    const engine = new ModelEngine();
    // Its clock was read once, before the events.
    const connect = (endpoint: string) =>
      engine
        .connect(endpoint)
        .pipe(map((session): Session => ({ ...session, clock: () => ({ engine: 0n, here: 0n, at: 0 }) })));
    following({ ...plain(engine), connect }, { onStatus });
    report();
    engine.publish(1, 60_123_456_789n);
    report();
    engine.publish(1, 90_000_000_000n);
    report();
    // Five seconds earlier, as events slip out of order.
    expect(positions).toEqual(['oldest', '55000000000', '85000000000']);

    following(new ModelEngine(0), { onStatus });
    expect(position?.()).toBe('live');
    const absent = new ModelEngine();
    absent.up = false;
    following(absent, { onStatus });
    expect(position).toBeUndefined();
  });

  it('loses nothing when the clock is set back an hour', () => {
    const engine = new ModelEngine();
    const hour = 3_600_000_000_000n;
    engine.publish(3, hour);
    const { received, pass, events } = following(engine);
    engine.cut();
    engine.publish(2, 1n);
    engine.publish(1, 2n);
    pass(100 + SETTLED);
    expect(received()).toBe('#0 #1 #2 #3 #4 #5');
    engine.stop();
    engine.up = true;
    engine.publish(1, 3n);
    pass(100_000);
    expect(received()).toBe('#0 #1 #2 #3 #4 #5 gap #6');
    expect(events[6]?.attributes).toMatchObject({ since: '2', until: '3' });
  });

  it('gives up on an answer that does not begin within 10 s, and on a list that does not end within 5 s', () => {
    const mute = following({ ...plain(new ModelEngine()), connect: () => NEVER });
    mute.pass(9_999 - SETTLED);
    expect(mute.states).toEqual(['connecting: no answer yet']);
    mute.pass(1);
    expect(mute.states[1]).toBe('retrying: it does not answer within 10 s');

    const engine = new ModelEngine();
    engine.publish();
    const session: Session = { source, keeps: HOLDS, events: () => of([]), held: () => NEVER };
    const late = following({ ...plain(engine), connect: () => of({ ...session, events: () => NEVER }) });
    late.pass(9000);
    expect(late.states.at(-1)).toBe('connecting: reading its history');
    late.pass(1000);
    expect(late.states.at(-1)).toBe('retrying: it does not answer within 10 s');
  });

  it('leaves no timer and no connection behind when unsubscribed', () => {
    const engine = new ModelEngine();
    const { subscription, scheduler, pass, received } = following(engine);
    engine.cut();
    subscription.unsubscribe();
    const asked = engine.requests.length;
    pass(60_000);
    engine.publish();
    expect(engine.requests).toHaveLength(asked);
    expect(received()).toBe('');
    expect(scheduler.actions).toEqual([]);
  });

  it('delivers every event once, or a gap in its place, whatever happens', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ do: fc.constant('publish' as const), n: fc.constantFrom(1, 2, 5, 100, 255, 256, 257) }),
        fc.record({
          do: fc.constantFrom('cut' as const, 'restart' as const, 'wait' as const, 'set clock' as const),
        }),
        // The two steps of publishing, with something in between.
        fc.record({ do: fc.constantFrom('cut between' as const, 'swap' as const, 'cut in swap' as const) }),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(steps, (steps) => {
        const engine = new ModelEngine();
        engine.publish(3);
        const { events, pass } = following(engine);
        let clock = 10n ** 18n;
        let restarts = 0;
        for (const step of steps) {
          clock += 1000n;
          if (step.do === 'publish') engine.publish(step.n, clock);
          else if (step.do === 'cut') engine.cut();
          else if (step.do === 'wait') pass(20_000);
          else if (step.do === 'set clock') clock -= 10n ** 12n;
          else if (step.do === 'restart') {
            restarts++;
            engine.stop();
            engine.up = true;
          } else if (step.do === 'cut between') {
            const one = engine.hold(clock);
            engine.cut();
            pass(20_000);
            engine.emit(one);
          } else {
            const [one, two] = [engine.hold(clock), engine.hold(clock)];
            engine.emit(two);
            if (step.do === 'cut in swap') engine.cut();
            engine.emit(one);
          }
        }
        pass(20_000);

        const received = events.filter((event) => !isGap(event)).map(numberOf);
        expect(new Set(received).size).toBe(received.length);
        const missing = Array.from({ length: engine.published }, (_, n) => n).filter(
          (n) => !received.includes(n),
        );
        for (const n of missing) {
          const before = events.findLastIndex((event) => !isGap(event) && numberOf(event) < n);
          // The second of two at once may have come, and the connection been lost between them.
          const after = events.findIndex((event) => !isGap(event) && numberOf(event) > n + 1);
          const between = events.slice(before + 1, after < 0 ? undefined : after);
          expect(between.some(isGap), `#${n} is missing without a gap`).toBe(true);
        }
        const needsNone = restarts === 0 && engine.published <= HOLDS;
        expect(needsNone && events.some(isGap), 'a gap without a cause').toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
