import { describe, expect, it } from 'vitest';
import { comparable, parsePrinted } from '../../../cli/arguments/printed-line.ts';
import { createDescriber } from '../../../cli/render/describe.ts';
import type { EngineEvent } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

const SECOND = 1_000_000_000n;

/** The events of a container, a second apart, beginning with a start. */
function life(
  name: string,
  ...events: (readonly [string, Record<string, string>?])[]
): readonly EngineEvent[] {
  return [['start', { image: 'nginx' }] as const, ...events].map(([action, attributes = {}], i) => ({
    seq: i + 1,
    ...event({ id: `${name}-id`, name, action, timeNano: BigInt(i) * SECOND, attributes }),
  }));
}

/** The events that a line matches, by their position. */
function found(line: string, events: readonly EngineEvent[]): readonly number[] {
  const step = parsePrinted(line);
  const describer = createDescriber();
  return events.flatMap((each, i) =>
    step?.matches(each, comparable(describer.describe(each))) === true ? [i] : [],
  );
}

const failed = life('web', ['die', { exitCode: '3' }]);
const asked = life('web', ['kill', { signal: '15' }], ['die', { exitCode: '143' }]);
const ill = life('web', ['health_status: unhealthy']);
const done = life('web', ['die', { exitCode: '0' }]);

describe('parsePrinted', () => {
  it.each([
    ['05:43:36.431  web           die ✗ exit 3 after 2.5 s', failed, [1]],
    ['05:43:36  web  die x exit 3 after 40 ms', failed, [1]],
    ['2026-11-24 05:43:36.431  web  die ✗ exit 3', failed, [1]],
    ['2026-11-24T19:10:04.182640345Z  web   die ✗ exit 3 after 1 s', failed, [1]],
    [' 2m13s ago  web  die ✗ exit 3 after 1 s', failed, [1]],
    ['+250ms  web  die ✗ exit 3 after 1 s', failed, [1]],
    ['web  die ✗ exit 3 after 0.7 s', failed, [1]],
    ['05:43:36  w…b  die ✗ exit 3 after 0…', failed, [1]],
    ['05:43:36 web die', failed, [1]],
    ['05:43:36  web  die ✗ exit 4 after 2.5 s', failed, []],
    ['05:43:36  db  die ✗ exit 3 after 2.5 s', failed, []],
    ['05:43:36  we  die ✗ exit 3', failed, []],
    ['05:43:36  web  die ■ on request (SIGTERM)', asked, [2]],
    ['05:43:36  web  die ■ on request (SIGTERM)', failed, []],
    ['05:43:36  web  kill SIGTERM', asked, [1]],
    ['05:43:36  web  unhealthy ♥', ill, [1]],
    ['05:43:36  web  start ▶ nginx', failed, [0]],
    ['2026-11-24T19:10:04.2Z container die web-id (exitCode=3, image=x, name=web)', failed, [1]],
    ['2026-11-24T19:10:04.2Z container die web-id (image=x, name=web)', done, [1]],
    ['2026-11-24T19:10:04.2Z container die web-id (image=x, name=web)', failed, []],
    ['2026-11-24T19:10:04.2Z container start web-id', failed, [0]],
    [
      '{"kind":"event","type":"container","action":"die","id":"old","name":"web","attributes":{"exitCode":"3"}}',
      failed,
      [1],
    ],
    [
      '{"Type":"container","Action":"die","Actor":{"ID":"x","Attributes":{"exitCode":"3","name":"web"}}}',
      failed,
      [1],
    ],
    [
      '{"Type":"container","Action":"die","Actor":{"ID":"x","Attributes":{"exitCode":"9","name":"web"}}}',
      failed,
      [],
    ],
  ] as const)('%s', (line, events, positions) => {
    expect(found(line, events)).toEqual(positions);
  });

  it.each(['web die', 'die exitCode=3', 'web-* die exitCode!=0', 'die', '/^web-\\d+$/ start'])(
    'leaves %j to patterns',
    (text) => {
      expect(parsePrinted(text)).toBeUndefined();
    },
  );

  it.each([
    ['── live ──', /a summary of the tail/],
    ['05:43:36  flaky  ↻ ✗ 5 × in 13 s, exit 1, next in 10.0 s', /a summary of the tail/],
    ['── ⚠ gap: docker: events are missing (upstream) ──', /a summary of the tail/],
    ['{"kind":"gap","count":3}', /has no action/],
    ['{"kind', /is not JSON/],
  ])('refuses %s', (line, why) => {
    expect(() => parsePrinted(line)).toThrow(why);
  });
});
