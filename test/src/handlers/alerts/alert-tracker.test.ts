import { describe, expect, it } from 'vitest';
import { AlertTracker } from '../../../../src/handlers/alerts/alert-tracker.ts';
import { alert } from '../../../../src/handlers/alerts/alert-fields.ts';
import type { AlertMessage, AlertSettings } from '../../../../src/handlers/alerts/alert.ts';
import type { EngineEvent } from '../../../../src/event.ts';
import { died } from '../../../support/events.ts';

const S = 1000;
const MIN = 60 * S;

const settings = (more: object = {}): AlertSettings => alert.parse({ generic: 'http://x', ...more });

/** A short script: the time in ms, the container and the event. */
type Step = readonly [
  at: number,
  name: string,
  action: string,
  attributes?: Readonly<Record<string, string>>,
];

function events(steps: readonly Step[]): { readonly at: number; readonly event: EngineEvent }[] {
  return steps.map(([at, name, action, attributes = {}], i) => ({
    at,
    event: {
      ...died,
      seq: i + 1,
      timeNano: BigInt(at) * 1_000_000n,
      id: `id-${name}`,
      name,
      action,
      attributes,
    },
  }));
}

/** The messages with their times: firing and resolved names. */
function play(tracker: AlertTracker, steps: readonly Step[], until = 60 * MIN): string[] {
  const said: string[] = [];
  const tell = (messages: readonly AlertMessage[], at: number): void => {
    for (const { alerts } of messages) {
      const list = alerts.map(({ status, text }) => `${status === 'firing' ? '!' : '='}${text}`);
      said.push(`${at / S}s ${list.join(' | ')}`);
    }
  };
  const advance = (to: number): void => {
    for (let { next } = tracker; next !== undefined && next <= to; { next } = tracker)
      tell(tracker.advance(next), next);
    tell(tracker.advance(to), to);
  };
  for (const { at, event } of events(steps)) {
    advance(at);
    tracker.take(event, at);
  }
  advance(until);
  return said;
}

const fails = { exitCode: '3' };
const killed: Step[] = [
  [1 * S, 'web', 'start'],
  [5 * S, 'web', 'die', fails],
];

describe('an alert', () => {
  it('is for a death without a request, and its recovery', () => {
    expect(play(new AlertTracker(settings()), [...killed, [10 * S, 'web', 'start']])).toEqual([
      '7s !web: failed with exit code 3',
      '70s =web: it runs again',
    ]);
  });

  it.each<[string, Step[]]>([
    [
      'a stop',
      [
        [4 * S, 'web', 'kill', { signal: '15' }],
        [5 * S, 'web', 'die', { exitCode: '143' }],
        [5 * S, 'web', 'stop'],
      ],
    ],
    [
      'a stop with its event after the death',
      [
        [5 * S, 'web', 'die', { exitCode: '143' }],
        [5100, 'web', 'stop'],
      ],
    ],
    ['an end without a failure', [[5 * S, 'web', 'die', { exitCode: '0' }]]],
    [
      'a removal by force',
      [
        [5 * S, 'web', 'kill', { signal: '9' }],
        [5 * S, 'web', 'die', { exitCode: '137' }],
        [5 * S, 'web', 'destroy'],
      ],
    ],
  ])('is not for %s', (_, steps) => {
    expect(play(new AlertTracker(settings()), [[1 * S, 'web', 'start'], ...steps])).toEqual([]);
  });

  it('waits as long as `for` says, and forgets what has recovered by then', () => {
    const tracker = (): AlertTracker => new AlertTracker(settings({ for: '2m' }));
    expect(play(tracker(), killed)).toEqual(['125s !web: failed with exit code 3']);
    expect(play(tracker(), [...killed, [60 * S, 'web', 'start']])).toEqual([]);
  });

  it('gathers ten containers in one message', () => {
    const steps = Array.from({ length: 10 }, (_, i): Step => [i * S, `c${i}`, 'die', fails]);
    const said = play(new AlertTracker(settings({ group: '30s' })), steps);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^32s (!c\d: .*){10}$/);
  });

  it('counts a crash loop, and ends with one message', () => {
    const loop = Array.from({ length: 7 }, (_, i): Step[] => [
      [i * 10 * S, 'web', 'start'],
      [i * 10 * S + S, 'web', 'die', fails],
    ]).flat();
    expect(play(new AlertTracker(settings()), [...loop, [70 * S, 'web', 'start']])).toEqual([
      '3s !web: failed with exit code 3',
      '130s =web: it runs again, after 7 deaths in 60 s',
    ]);
    // With `for`, the first message has the count.
    expect(play(new AlertTracker(settings({ for: '30s' })), loop)).toEqual([
      '31s !web: failed with exit code 3, 3 times in 20 s',
    ]);
  });

  it('ends with a stop by hand, and with a removal', () => {
    const stop: Step[] = [
      [20 * S, 'web', 'start'],
      [25 * S, 'web', 'kill', { signal: '15' }],
      [26 * S, 'web', 'die', { exitCode: '143' }],
      [26 * S, 'web', 'stop'],
    ];
    expect(play(new AlertTracker(settings()), [...killed, ...stop])).toEqual([
      '7s !web: failed with exit code 3',
      '86s =web: it was stopped',
    ]);
    expect(play(new AlertTracker(settings()), [...killed, [60 * S, 'web', 'destroy']])).toEqual([
      '7s !web: failed with exit code 3',
      '62s =web: it was removed',
    ]);
  });

  it('is one for a crash loop that a stop, a restart of the engine, or an end without a failure interrupts', () => {
    const again = (at: number): Step[] => [
      [at, 'web', 'start'],
      [at + S, 'web', 'die', fails],
    ];
    const one = [
      '7s !web: failed with exit code 3',
      expect.stringMatching(/^176s =web: it runs again, after [23] deaths in 56 s$/),
    ];
    // Docker's `stop` follows the death of a container that it would have restarted.
    for (const between of [
      [[11.1 * S, 'web', 'stop']],
      [
        [20 * S, 'web', 'start'],
        [25 * S, 'web', 'die', { exitCode: '0' }],
      ],
      [[40 * S, 'web', 'stop']],
    ] as Step[][]) {
      const loop: Step[] = [...killed, ...again(10 * S), ...between, ...again(60 * S)];
      const said = play(new AlertTracker(settings()), [...loop, [116 * S, 'web', 'start']]);
      expect([said[0], said.at(-1), said.length]).toEqual([one[0], one[1], 2]);
    }
  });

  it('is over once a stop has lasted', () => {
    const steps: Step[] = [
      ...killed,
      [20 * S, 'web', 'stop'],
      [200 * S, 'web', 'start'],
      [205 * S, 'web', 'die', fails],
    ];
    expect(play(new AlertTracker(settings()), steps)).toEqual([
      '7s !web: failed with exit code 3',
      '80s =web: it was stopped',
      '207s !web: failed with exit code 3',
    ]);
  });

  it('goes with a container to its new name', () => {
    const tracker = new AlertTracker(settings());
    const steps = events([...killed, [20 * S, 'web', 'rename'], [30 * S, 'web', 'die', fails]]);
    const said: string[] = [];
    for (const { at, event } of steps) {
      for (const { alerts } of tracker.advance(at)) said.push(...alerts.map(({ text }) => text));
      tracker.take(at < 20 * S ? event : { ...event, name: 'old' }, at);
    }
    expect([...said, ...tracker.advance(100 * S)]).toEqual(['web: failed with exit code 3']);
    expect(tracker.state.problems).toMatchObject([[expect.any(String), { name: 'old', count: 2 }]]);
  });

  it('is for a container that removes itself, too', () => {
    expect(play(new AlertTracker(settings({ for: '1m' })), [...killed, [5200, 'web', 'destroy']])).toEqual([
      '65s !web: failed with exit code 3',
    ]);
  });

  it('is for an unhealthy container, until it is healthy', () => {
    const steps: Step[] = [
      [1 * S, 'web', 'start'],
      [5 * S, 'web', 'health_status: unhealthy'],
      [50 * S, 'web', 'health_status: healthy'],
    ];
    expect(play(new AlertTracker(settings()), steps)).toEqual([
      expect.stringMatching(/^7s !web: unhealthy/),
      '110s =web: it is healthy again',
    ]);
  });

  it('is one for a container that falls ill over and over', () => {
    const steps = Array.from({ length: 4 }, (_, i): Step[] => [
      [i * 20 * S, 'web', 'health_status: unhealthy'],
      [i * 20 * S + 10 * S, 'web', 'health_status: healthy'],
    ]).flat();
    expect(play(new AlertTracker(settings()), [[0, 'web', 'start'], ...steps])).toEqual([
      expect.stringMatching(/^2s !web: unhealthy/),
      '130s =web: it is healthy again',
    ]);
  });

  it('does not wait for an update that only its own job of compose made', () => {
    const job = { 'com.docker.compose.project': 'shop', 'com.docker.compose.oneoff': 'True' };
    const steps: Step[] = [
      [1 * S, 'job', 'create', job],
      [2 * S, 'job', 'start', job],
      [3 * S, 'job', 'die', { ...job, ...fails }],
      [3200, 'job', 'destroy', job],
    ];
    expect(play(new AlertTracker(settings()), steps)).toEqual(['5s !job: failed with exit code 3']);
  });

  it.each([
    ['podman', []],
    ['containerd', []],
    ['docker', [expect.stringMatching(/^7s !web/)]],
  ])('knows a removal by force on %s, which may not report its signal', (engine, expected) => {
    const tracker = new AlertTracker(settings());
    const said: string[] = [];
    for (const [at, action, exitCode] of [
      [1, 'start', ''],
      [5, 'die', '137'],
      [5.1, 'destroy', ''],
    ] as const) {
      const attributes: Record<string, string> = exitCode === '' ? {} : { exitCode };
      const event = { ...died, id: 'i', name: 'web', action, attributes, source: { engine } };
      tracker.take(event, at * S);
    }
    for (let { next } = tracker; next !== undefined; { next } = tracker) {
      for (const { alerts } of tracker.advance(next)) {
        for (const { status, text } of alerts)
          said.push(`${next / S}s ${status === 'firing' ? '!' : '='}${text}`);
      }
    }
    expect(said).toEqual(expected);
  });

  it('is silent while a compose project is being updated', () => {
    const project = { 'com.docker.compose.project': 'shop' };
    const dies: Step = [4 * S, 'web', 'die', { ...project, ...fails }];
    const update: Step[] = [
      [1 * S, 'web', 'start', project],
      [3 * S, 'db', 'create', project],
      dies,
      [6 * S, 'web', 'start', project],
    ];
    expect(play(new AlertTracker(settings()), update)).toEqual([]);
    // Still down after the update.
    expect(play(new AlertTracker(settings()), update.slice(0, 3))).toEqual([
      '33s !web: failed with exit code 3',
    ]);
  });

  it('waits for the end of the quiet hours', () => {
    const night = new Date(2026, 5, 1, 23, 0).getTime();
    const steps: Step[] = [
      [night, 'a', 'die', fails],
      [night + S, 'b', 'die', fails],
      [night + 10 * S, 'b', 'start'],
    ];
    const tracker = new AlertTracker(settings({ quiet: '22:00-07:00' }));
    const morning = new Date(2026, 5, 2, 7, 0).getTime();
    expect(play(tracker, steps, night + 86_400_000)).toEqual([`${morning / S}s !a: failed with exit code 3`]);
  });

  it('obeys the rate limit, and loses nothing by it', () => {
    const steps = Array.from({ length: 6 }, (_, i): Step => [i * 10 * S, `c${i}`, 'die', fails]);
    const said = play(new AlertTracker(settings({ limit: { count: 2, within: '5m' } })), steps);
    expect(said).toEqual([
      '2s !c0: failed with exit code 3',
      '12s !c1: failed with exit code 3',
      '302s !c2: failed with exit code 3 | !c3: failed with exit code 3 | !c4: failed with exit code 3 | !c5: failed with exit code 3',
    ]);
  });

  it('survives a restart at any moment', () => {
    const loop: Step[] = [
      ...killed,
      [8 * S, 'web', 'start'],
      [9 * S, 'web', 'die', fails],
      [20 * S, 'web', 'start'],
    ];
    const all = events(loop);
    const whole = play(new AlertTracker(settings({ group: '10s' })), loop);
    expect(whole).toEqual([
      '17s !web: failed with exit code 3, 2 times in 4 s',
      '90s =web: it runs again, after 2 deaths in 4 s',
    ]);
    for (const restart of [5500, 7500, 8500, 10 * S, 12 * S, 18 * S, 20.5 * S, 25 * S, 60 * S]) {
      const before = loop.filter(([at]) => at <= restart);
      const first = new AlertTracker(settings({ group: '10s' }));
      const said = play(first, before, restart);
      const second = new AlertTracker(settings({ group: '10s' }), JSON.parse(JSON.stringify(first.state)));
      said.push(...play(second, loop.slice(before.length)));
      expect(said.map((line) => line.replace(/: .*/, ''))).toEqual(
        whole.map((line) => line.replace(/: .*/, '')),
      );
    }
    expect(all).toHaveLength(5);
  });

  it('keeps a message until it is delivered', () => {
    const tracker = new AlertTracker(settings());
    play(tracker, killed);
    const [message] = tracker.state.outbox;
    expect(message?.title).toBe('web: failed with exit code 3');
    tracker.delivered(message?.id ?? '');
    expect(tracker.state.outbox).toEqual([]);
  });
});
