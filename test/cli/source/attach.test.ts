import { BehaviorSubject, NEVER, Observable, Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { attach } from '../../../cli/source/attach.ts';
import type {
  EngineState,
  EngineStatus,
  EngineTarget,
  followEngine,
  FollowOptions,
  Frame,
  IncomingEvent,
  Query,
} from '../../../src/index.ts';
import { event } from '../../support/events.ts';

/** An engine that does what a test says. */
class FakeEngine {
  readonly events = new Subject<IncomingEvent>();
  readonly target: EngineTarget;
  history: boolean | undefined;
  #onStatus: ((status: EngineStatus) => void) | undefined;

  constructor(name: string) {
    this.target = {
      endpoint: `unix:///${name}`,
      engine: {
        name,
        defaultEndpoint: '',
        detect: () => [],
        checkEndpoint: (endpoint) => endpoint,
        connect: () => NEVER,
        follow: () => NEVER,
      },
    };
  }

  follow({ history, onStatus }: FollowOptions): Observable<IncomingEvent> {
    return new Observable((subscriber) => {
      this.history = history;
      this.#onStatus = onStatus;
      this.is('connecting');
      return this.events.subscribe(subscriber);
    });
  }

  is(state: EngineState): void {
    const { endpoint, engine } = this.target;
    this.#onStatus?.({ source: { engine: engine.name, endpoint }, state, detail: 'so it is' });
  }
}

interface Attached {
  readonly engines: FakeEngine[];
  readonly notices: string[];
  /**
   * Names of events, and the kinds of other frames; `error: …` and `complete` at last. Once
   * microtasks are done.
   */
  shown(): Promise<string[]>;
  /** Lets milliseconds pass. */
  pass(millis: number): void;
}

function attached(query: Query, paused: Observable<boolean> = NEVER, names = ['docker']): Attached {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const engines = names.map((name) => new FakeEngine(name));
  const notices: string[] = [];
  const seen: string[] = [];
  const targets = engines.map(({ target }) => target);
  const follow: typeof followEngine = (engine, options) =>
    engines.find(({ target }) => target.engine === engine)?.follow(options) ?? NEVER;
  const notice = (text: string): number => notices.push(text);
  attach({ targets, query, paused, notice, scheduler, follow }).subscribe({
    next: (frame: Frame) => seen.push(frame.kind === 'event' ? (frame.event.name ?? '') : frame.kind),
    error: (error: Error) => seen.push(`error: ${error.message}`),
    complete: () => seen.push('complete'),
  });
  return {
    engines,
    notices,
    shown: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return seen;
    },
    pass: (millis) => {
      scheduler.maxFrames += millis;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
  };
}

const named = (name: string): IncomingEvent => event({ name });

describe('attach', () => {
  it('shows what happens from now on, without what the engine still holds', async () => {
    const { engines, shown } = attached({});
    const [docker] = engines as [FakeEngine];
    docker.is('connected');
    docker.events.next(named('a'));
    expect(docker.history).toBe(false);
    expect(await shown()).toEqual(['ready', 'replay-end', 'a']);
  });

  it('loses nothing of one engine while another takes its time', async () => {
    const { engines, shown } = attached({}, NEVER, ['docker', 'podman']);
    const [docker, podman] = engines as [FakeEngine, FakeEngine];
    docker.is('connected');
    docker.events.next(named('a'));
    expect(await shown()).toEqual([]);
    podman.is('connected');
    docker.events.next(named('b'));
    expect(await shown()).toEqual(['ready', 'a', 'replay-end', 'b']);
  });

  it.each<[string, Query, string[]]>([
    ['since', { since: 0n, follow: false }, ['a', 'b', 'c']],
    ['tail', { tail: 2, follow: false }, ['b', 'c']],
    ['all of it', { follow: false, name: 'b' }, ['b']],
  ])('waits for the events that the engine still holds: %s', async (_, query, names) => {
    const { engines, shown, pass } = attached(query);
    const [docker] = engines as [FakeEngine];
    docker.is('connected');
    expect(docker.history).toBe(true);
    docker.events.next(named('a'));
    pass(200);
    docker.events.next(named('b'));
    docker.events.next(named('c'));
    pass(249);
    expect(await shown()).toEqual([]);
    pass(1);
    expect(await shown()).toEqual(['ready', ...names, 'replay-end', 'end', 'complete']);
  });

  it('waits no longer than 5 s for an engine where something always happens', async () => {
    const { engines, shown, pass } = attached({ tail: 1 });
    const [docker] = engines as [FakeEngine];
    docker.is('connected');
    for (let i = 0; i < 50; i++) {
      docker.events.next(named(`e${i}`));
      pass(100);
    }
    expect(await shown()).toEqual(['ready', 'e49', 'replay-end']);
  });

  it('gives up where no engine answers', async () => {
    const { engines, shown } = attached({}, NEVER, ['docker', 'podman']);
    for (const [i, engine] of engines.entries()) engine.is(i === 0 ? 'absent' : 'retrying');
    const each = 'docker (unix:///docker): absent, so it is; podman (unix:///podman): retrying, so it is';
    expect(await shown()).toEqual([`error: no engine can be followed either: ${each}`]);
    expect(engines.map(({ events }) => events.observed)).toEqual([false, false]);
  });

  it('reports engines that do not answer beside one that does, and later changes', () => {
    const { engines, notices } = attached({}, NEVER, ['docker', 'podman']);
    const [docker, podman] = engines as [FakeEngine, FakeEngine];
    docker.is('connected');
    podman.is('absent');
    docker.is('retrying');
    docker.is('connected');
    expect(notices).toEqual([
      'podman (unix:///podman): absent, so it is',
      'docker (unix:///docker): retrying, so it is',
      'docker (unix:///docker): connected, so it is',
    ]);
  });

  it('holds what comes while output is paused', async () => {
    const paused = new BehaviorSubject(false);
    const { engines, shown } = attached({}, paused);
    const [docker] = engines as [FakeEngine];
    docker.is('connected');
    paused.next(true);
    docker.events.next(named('a'));
    expect(await shown()).toEqual(['ready', 'replay-end']);
    paused.next(false);
    expect(await shown()).toEqual(['ready', 'replay-end', 'a']);
  });
});
