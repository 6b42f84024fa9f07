import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReporter } from '../../operators/reporter.ts';
import { deaths } from '../../operators/deaths.ts';
import type { Report } from '../../operators/report.ts';
import { from } from 'rxjs';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from '../support/events.ts';

const MINUTE = 60;
const instant = (seconds: number): bigint => 1_700_000_000_000_000_000n + BigInt(Math.round(seconds * 1e9));
const at = (seconds: number, name: string, action: string, attributes = {}): IncomingEvent =>
  event({ timeNano: instant(seconds), action, id: name, name, attributes, source: { engine: 'docker' } });
const die = (seconds: number, name: string, exitCode: string): IncomingEvent =>
  at(seconds, name, 'die', { exitCode });

function reportOf(events: readonly IncomingEvent[], options = {}): Report {
  const reporter = createReporter({ since: instant(0), until: instant(60 * MINUTE), parts: 6, ...options });
  for (const each of events) reporter.add(each);
  return reporter.report();
}

describe('createReporter', () => {
  it('counts deaths by cause, the alarming ones first', () => {
    const report = reportOf([
      ...[at(0, 'a', 'start'), at(1, 'a', 'kill', { signal: '15' }), die(2, 'a', '0')],
      ...[at(3, 'b', 'start'), die(4, 'b', '0'), at(5, 'b', 'start'), die(6, 'b', '0')],
      ...[
        at(7, 'c', 'start'),
        die(8, 'c', '1'),
        at(9, 'd', 'start'),
        at(10, 'd', 'oom'),
        die(10, 'd', '137'),
      ],
    ]);
    expect(report.deaths).toEqual([
      { cause: 'failed', alarming: true, count: 1, names: [{ name: 'c', count: 1 }] },
      { cause: 'out-of-memory', alarming: true, count: 1, names: [{ name: 'd', count: 1 }] },
      { cause: 'finished', alarming: false, count: 2, names: [{ name: 'b', count: 2 }] },
      { cause: 'stopped', alarming: false, count: 1, names: [{ name: 'a', count: 1 }] },
    ]);
    expect(report).toMatchObject({ quiet: false, events: 12, omitted: 0 });
  });

  it('takes a stop on Podman, which a second clean-up shows, for no alarm', () => {
    const podman = (clean: number, name: string): IncomingEvent[] =>
      [at(0, name, 'start'), die(9, name, '143'), ...Array<number>(clean).fill(10)].map((each) => ({
        ...(typeof each === 'number' ? at(each, name, 'cleanup') : each),
        source: { engine: 'podman' },
      }));
    const others = [at(11, 'x', 'start'), at(30, 'x', 'pause')];
    expect(reportOf([...podman(2, 'a'), ...others]).quiet).toBe(true);
    expect(reportOf([...podman(1, 'a'), ...podman(1, 'b'), ...others]).deaths).toMatchObject([
      { cause: 'crashed', alarming: true, count: 2 },
    ]);
    // More events than are held back for late evidence.
    const many = Array.from({ length: 25_000 }, (_, i) => at(20 + i / 1e6, 'x', 'pause'));
    expect(reportOf([...podman(2, 'a'), ...many])).toMatchObject({ quiet: true, events: 25_004 });
  });

  it('tells a crash loop by its count, first and last death', () => {
    const loop = [0, 10, 20, 30].flatMap((time) => [at(time, 'web', 'start'), die(time + 1, 'web', '1')]);
    const later = [at(50 * MINUTE, 'web', 'start'), die(50 * MINUTE + 1, 'web', '2')];
    const report = reportOf([...loop, ...later]);
    expect(report.loops).toEqual([
      {
        name: 'web',
        engine: 'docker',
        deaths: 4,
        first: String(instant(1)),
        last: String(instant(31)),
        end: 'exit 1',
      },
    ]);
    expect(report.containers).toEqual([
      { name: 'web', engine: 'docker', deaths: 5, parts: [4, 0, 0, 0, 0, 1] },
    ]);
  });

  it('measures outages from the death to the next start of that name, also across the ends of the period', () => {
    const report = reportOf([
      die(-5 * MINUTE, 'old', '1'),
      die(1, 'web', '1'),
      at(5 * MINUTE, 'old', 'start'),
      at(11, 'web', 'start'),
      die(50 * MINUTE, 'gone', '3'),
      at(61 * MINUTE, 'gone', 'start'),
    ]);
    expect(
      report.outages.map(({ name, since, until, span, summary }) => [name, since, until, span, summary]),
    ).toEqual([
      ['old', String(instant(-5 * MINUTE)), String(instant(5 * MINUTE)), '600000000000', 'exit 1'],
      ['gone', String(instant(50 * MINUTE)), undefined, '600000000000', 'exit 3'],
      ['web', String(instant(1)), String(instant(11)), '10000000000', 'exit 1'],
    ]);
  });

  it('does not wait for a container that was removed, unless its name is started again', () => {
    const gone = [die(1, 'job', '1'), at(2, 'job', 'destroy')];
    expect(reportOf(gone).outages).toEqual([]);
    expect(reportOf([...gone, at(6, 'job', 'start')]).outages).toMatchObject([
      { name: 'job', span: '5000000000' },
    ]);
  });

  it('tells unhealthy times, other images, and gaps', () => {
    const gap = event({
      ...{ type: 'daemon', action: 'gap', id: '', name: 'docker', timeNano: instant(30) },
      ...{
        attributes: { reason: 'upstream', detail: 'restarted', count: '7' },
        source: { engine: 'docker' },
      },
    });
    const report = reportOf([
      at(1, 'web', 'start', { image: 'nginx:1' }),
      at(10, 'web', 'health_status: unhealthy'),
      at(20, 'web', 'health_status: unhealthy'),
      gap,
      at(40, 'web', 'health_status: healthy'),
      at(41, 'web', 'kill', { signal: '15' }),
      die(42, 'web', '0'),
      at(43, 'web', 'start', { image: 'nginx:2' }),
      at(44, 'db', 'health_status: unhealthy'),
    ]);
    expect(report.unhealthy).toMatchObject([
      { name: 'db', since: String(instant(44)) },
      { name: 'web', since: String(instant(10)), until: String(instant(40)), span: '30000000000' },
    ]);
    expect(report.images).toMatchObject([
      { name: 'web', from: 'nginx:1', to: 'nginx:2', time: String(instant(43)) },
    ]);
    expect(report.gaps).toEqual([
      { time: String(instant(30)), engine: 'docker', reason: 'upstream', detail: 'restarted', count: '7' },
    ]);
  });

  it('calls a night quiet in which everything was asked for', () => {
    const asked = [
      at(1, 'a', 'start'),
      at(2, 'a', 'kill', { signal: '15' }),
      die(3, 'a', '143'),
      die(4, 'b', '0'),
    ];
    expect(reportOf(asked)).toMatchObject({ quiet: true, events: 4 });
    expect(reportOf([])).toMatchObject({ quiet: true, events: 0, deaths: [] });
  });

  it('says how many entries were too many', () => {
    const events = Array.from({ length: 9 }, (_, i) => die(i, `c${i}`, '1'));
    const report = reportOf(events, { limit: 4 });
    expect(report.containers).toHaveLength(4);
    expect(report.outages).toHaveLength(4);
    expect(report.omitted).toBe(10);
  });

  it('refuses a period that ends before it begins', () => {
    expect(() => createReporter({ since: 2n, until: 1n })).toThrow(
      'invalid period: it ends (1) before it begins (2)',
    );
    expect(() => createReporter({ since: 0n, until: 1n, parts: 0 })).toThrow(/parts/);
  });

  const anyEvent = fc
    .record({
      seconds: fc.integer({ min: -100, max: 70 * MINUTE }),
      name: fc.constantFrom('a', 'b'),
      action: fc.constantFrom(
        'start',
        'die',
        'kill',
        'destroy',
        'health_status: unhealthy',
        'health_status: healthy',
      ),
      exitCode: fc.constantFrom('0', '1', '137'),
    })
    .map(({ seconds, name, action, exitCode }) => at(seconds, name, action, { exitCode, signal: '15' }));

  it('counts the deaths that deaths() emits, whatever comes in which order', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), (list, isSorted) => {
        const events = isSorted ? list.toSorted((a, b) => Number(a.timeNano - b.timeNano)) : list;
        const report = reportOf(events);
        const inside = ({ timeNano }: IncomingEvent): boolean =>
          timeNano >= instant(0) && timeNano <= instant(60 * MINUTE);
        // A later event can show another cause of a death.
        const found = new Map<IncomingEvent, string>();
        from(events.filter(({ timeNano }) => timeNano <= instant(60 * MINUTE)))
          .pipe(deaths({ revise: true }))
          .subscribe(({ event, cause }) => inside(event) && found.set(event, cause));
        const counted = report.deaths.flatMap(({ cause, count }) =>
          Array.from({ length: count }, () => cause),
        );
        expect(counted).toHaveLength(found.size);
        // Out of order, an event of another container can end the search for later evidence.
        expect(isSorted ? counted.toSorted() : []).toEqual(isSorted ? [...found.values()].toSorted() : []);
        expect(report.events).toBe(events.filter(inside).length);
        for (const { span } of report.outages) expect(BigInt(span)).toBeGreaterThanOrEqual(0n);
        expect(report.containers.reduce((sum, { parts }) => sum + parts.reduce((a, b) => a + b, 0), 0)).toBe(
          report.containers.reduce((sum, { deaths }) => sum + deaths, 0),
        );
      }),
    );
  });
});
