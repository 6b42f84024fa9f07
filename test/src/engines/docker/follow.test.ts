import fc from 'fast-check';
import { NEVER, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type DockerFollowOptions, follow } from '../../../../src/engines/docker/follow.ts';
import type { DockerApi } from '../../../../src/engines/docker/api.ts';
import { type IncomingEvent, isGap } from '../../../../src/event.ts';
import { HOLDS, ModelDocker, numberOf, numbered } from './model.ts';

const source = { engine: 'docker', endpoint: 'unix:///d' };

/** Follows a daemon in virtual time and keeps what comes: `#3` or `gap`. */
function following(api: DockerApi, options: Partial<DockerFollowOptions> = {}) {
  const scheduler = new VirtualTimeScheduler(undefined, 0);
  const states: string[] = [];
  const events: IncomingEvent[] = [];
  const subscription = follow(api, {
    source,
    history: true,
    scheduler,
    random: () => 1,
    now: () => BigInt(scheduler.now()) * 1_000_000n,
    onState: (state, detail, version) => states.push([state, version ?? detail].join(': ')),
    ...options,
  }).subscribe((event) => events.push(event));
  return {
    states,
    events,
    subscription,
    scheduler,
    heard: () => events.map((event) => (isGap(event) ? 'gap' : `#${numberOf(event)}`)).join(' '),
    /** Lets virtual time pass: in ms. */
    pass: (ms: number) => {
      scheduler.maxFrames = scheduler.frame + ms;
      scheduler.flush();
      scheduler.frame = scheduler.maxFrames;
    },
  };
}

describe('following Docker', () => {
  it('begins with what it holds, or without', () => {
    const docker = new ModelDocker();
    docker.publish(2);
    const all = following(docker);
    const fresh = following(docker, { history: false });
    docker.publish();
    expect(all.heard()).toBe('#0 #1 #2');
    expect(fresh.heard()).toBe('#2');
    expect(all.states).toEqual(['connecting: not heard of yet', 'connected: 1.41']);
    expect(docker.requests).toEqual(['ping', 'events 1.41', 'ping', 'held 1.41', 'events 1.41']);
  });

  it('goes on after a lost connection without hole or repeat', () => {
    const docker = new ModelDocker();
    docker.publish(2);
    const { heard, states, pass } = following(docker);
    docker.cut();
    docker.publish(3);
    pass(99);
    expect(heard()).toBe('#0 #1');
    pass(1);
    expect(heard()).toBe('#0 #1 #2 #3 #4');
    docker.publish();
    expect(heard()).toBe('#0 #1 #2 #3 #4 #5');
    expect(states.slice(1)).toEqual([
      'connected: 1.41',
      'retrying: the connection was lost',
      'connected: 1.41',
    ]);
  });

  it('bridges as many events as Docker holds, less the two that prove it', () => {
    const bridged = (count: number): string => {
      const docker = new ModelDocker();
      docker.publish(10);
      const { heard, pass } = following(docker);
      docker.cut();
      docker.publish(count);
      pass(100);
      return heard().replaceAll(/#\d+ ?/g, '');
    };
    expect(bridged(HOLDS - 2)).toBe('');
    expect(bridged(HOLDS - 1)).toMatch(/^gap/);
  });

  it('tells of a gap where more happened than Docker holds: between which instants', () => {
    const docker = new ModelDocker();
    docker.publish(10);
    const { events, pass } = following(docker);
    docker.cut();
    docker.publish(HOLDS + 40);
    pass(100);
    expect(events.slice(9, 12)).toEqual([
      numbered(9).event,
      expect.objectContaining({
        type: 'daemon',
        action: 'gap',
        timeNano: 100_000_000n,
        source,
        attributes: {
          reason: 'upstream',
          detail: 'more than the 256 events that Docker holds happened while there was no connection',
          since: '9000000',
          until: '50000000',
        },
      }),
      numbered(50).event,
    ]);
    expect(events).toHaveLength(10 + 1 + HOLDS);
  });

  it('tells of a gap after a restart, also when nothing has happened since', () => {
    const docker = new ModelDocker();
    docker.publish();
    const { heard, states, events, pass } = following(docker);
    docker.stop();
    docker.publish(); // Into the void.
    docker.stop();
    pass(150);
    expect(states.at(-1)).toBe('absent: nobody listens on that socket');
    docker.up = true;
    pass(10_000);
    expect(heard()).toBe('#0 gap');
    docker.publish();
    expect(heard()).toBe('#0 gap #2');
    expect(events[1]?.attributes).toMatchObject({
      detail: 'Docker holds none of the events seen before: it was restarted, and its memory with it',
      since: '0',
      until: '300000000',
    });
  });

  it('tells of one gap once, however often the connection is lost right after', () => {
    const docker = new ModelDocker();
    docker.publish();
    const { heard, pass } = following(docker);
    docker.stop();
    docker.up = true;
    docker.publish();
    for (let i = 0; i < 3; i++) {
      pass(10_000);
      docker.cut();
    }
    expect(heard()).toBe('#0 gap #1');
  });

  it('lets the next gap begin where the last one ended', () => {
    const docker = new ModelDocker();
    docker.publish(1, 1n);
    const { events, pass } = following(docker);
    for (let i = 0; i < 2; i++) {
      docker.stop();
      docker.up = true;
      pass(10_000);
    }
    const ends = events.filter(isGap).map(({ attributes }) => [attributes['since'], attributes['until']]);
    expect(ends).toEqual([
      ['1', '100000000'],
      ['100000000', '10200000000'],
    ]);
  });

  it('does not vouch for a time of which nothing tells', () => {
    const docker = new ModelDocker();
    const { events, pass } = following(docker);
    docker.cut();
    docker.publish();
    pass(100);
    expect(events.map((event) => event.attributes['detail'] ?? numberOf(event))).toEqual([
      'Docker had no events when the connection was lost: nothing tells whether some were missed since',
      0,
    ]);
  });

  it('delivers the first of two at once, when it lost the connection after the second', () => {
    const docker = new ModelDocker();
    const { heard, pass } = following(docker);
    docker.hold();
    docker.emit(docker.hold());
    docker.cut();
    pass(100);
    expect(heard()).toBe('#1 #0');
  });

  it('resumes with the events that are already held', () => {
    const docker = new ModelDocker();
    docker.publish(20);
    const held = Array.from({ length: 15 }, (_, n) => numbered(n).event);
    expect(following(docker, { resume: held }).heard()).toBe('#15 #16 #17 #18 #19');
    expect(following(docker, { resume: held.slice(-1) }).heard()).toBe('#15 #16 #17 #18 #19');
    docker.publish(HOLDS);
    expect(following(docker, { resume: held }).heard()).toMatch(/^gap #20 #21/);
  });

  it('loses nothing when the clock is set back an hour', () => {
    const docker = new ModelDocker();
    const hour = 3_600_000_000_000n;
    docker.publish(3, hour);
    const { heard, pass, events } = following(docker);
    docker.cut();
    docker.publish(2, 1n);
    docker.publish(1, 2n);
    pass(100);
    expect(heard()).toBe('#0 #1 #2 #3 #4 #5');
    docker.stop();
    docker.up = true;
    docker.publish(1, 3n);
    pass(100_000);
    expect(heard()).toBe('#0 #1 #2 #3 #4 #5 gap #6');
    expect(events[6]?.attributes).not.toHaveProperty('since');
  });

  it('notices what was missed between looking and listening', () => {
    const docker = new ModelDocker();
    docker.publish(3);
    const stopped: DockerApi = {
      ping: () => docker.ping(),
      events: (version, until) => {
        if (until === undefined && docker.published === 3 && docker.requests.length > 2) docker.publish(300);
        return docker.events(version, until);
      },
    };
    const { heard, pass } = following(stopped);
    docker.cut();
    pass(100);
    expect(heard()).toMatch(/^#0 #1 #2 gap #47 #48/);
  });

  it('gives up on an answer that does not begin within 10 s, and on a list that does not end within 5 s', () => {
    const mute = following({ ping: () => NEVER, events: () => NEVER });
    mute.pass(9_999);
    expect(mute.states).toEqual(['connecting: not heard of yet']);
    mute.pass(1);
    expect(mute.states[1]).toBe('retrying: it does not answer within 10 s');

    const docker = new ModelDocker();
    docker.publish();
    const ahead: DockerApi = {
      ping: () => docker.ping(),
      events: (version) => docker.events(version), // Never ends, as when Docker's clock is behind.
    };
    const late = following(ahead, { history: false });
    late.pass(4_999);
    expect(late.states).toHaveLength(1);
    late.pass(1);
    docker.publish();
    expect(late.heard()).toBe('#1');
  });

  it('leaves no timer and no connection behind when unsubscribed', () => {
    const docker = new ModelDocker();
    const { subscription, scheduler, pass, heard } = following(docker);
    docker.cut();
    subscription.unsubscribe();
    const asked = docker.requests.length;
    pass(60_000);
    docker.publish();
    expect(docker.requests).toHaveLength(asked);
    expect(heard()).toBe('');
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
        const docker = new ModelDocker();
        docker.publish(3);
        const { events, pass } = following(docker);
        let clock = 10n ** 18n;
        let restarts = 0;
        for (const step of steps) {
          clock += 1000n;
          if (step.do === 'publish') docker.publish(step.n, clock);
          else if (step.do === 'cut') docker.cut();
          else if (step.do === 'wait') pass(20_000);
          else if (step.do === 'set clock') clock -= 10n ** 12n;
          else if (step.do === 'restart') {
            restarts++;
            docker.stop();
            docker.up = true;
          } else if (step.do === 'cut between') {
            const one = docker.hold(clock);
            docker.cut();
            pass(20_000);
            docker.emit(one);
          } else {
            const [one, two] = [docker.hold(clock), docker.hold(clock)];
            docker.emit(two);
            if (step.do === 'cut in swap') docker.cut();
            docker.emit(one);
          }
        }
        pass(20_000);

        const heard = events.filter((event) => !isGap(event)).map(numberOf);
        expect(new Set(heard).size).toBe(heard.length);
        const missing = Array.from({ length: docker.published }, (_, n) => n).filter(
          (n) => !heard.includes(n),
        );
        for (const n of missing) {
          const before = events.findLastIndex((event) => !isGap(event) && numberOf(event) < n);
          // The second of two at once may have come, and the connection been lost between them.
          const after = events.findIndex((event) => !isGap(event) && numberOf(event) > n + 1);
          const between = events.slice(before + 1, after < 0 ? undefined : after);
          expect(between.some(isGap), `#${n} is missing without a gap`).toBe(true);
        }
        const needsNone = restarts === 0 && docker.published <= HOLDS;
        expect(needsNone && events.some(isGap), 'a gap without a cause').toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
