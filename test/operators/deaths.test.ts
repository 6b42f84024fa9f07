import { from, Subject } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Cause } from '../../operators/cause-text.ts';
import { deaths } from '../../operators/deaths.ts';
import type { Death, DeathsOptions } from '../../operators/explain.ts';
import { event } from '../support/events.ts';
import { marbles } from '../support/marbles.ts';
import { recorded } from '../support/recorded.ts';

type Event = ReturnType<typeof event>;

const of = (action: string, attributes: Record<string, string> = {}, id = 'a'): Event =>
  event({ id, name: id, action, attributes });
const kill = (signal: string): Event => of('kill', { signal });
const die = (exitCode: number, more = {}): Event => of('die', { exitCode: String(exitCode), ...more });
const podman = (one: Event): Event => ({ ...one, source: { engine: 'podman' } });

function causes(events: readonly Event[], options: DeathsOptions = {}): string {
  const seen: string[] = [];
  from(events)
    .pipe(deaths(options))
    .subscribe(({ cause }) => seen.push(cause));
  return seen.join(' ');
}

describe('deaths', () => {
  it(
    'emits each death, with its cause and what was seen of it',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const events = { s: of('start'), o: of('oom'), k: kill('9'), d: die(137), x: of('die', {}, 'b') };
      const told = (id: string, more: Partial<Death<Event>>): unknown =>
        expect.objectContaining({ kind: 'death', id, name: id, ...more });
      const died = {
        d: told('a', {
          ...{ event: events.d, exitCode: 137, cause: 'out-of-memory', signal: 9, seen: [events.o] },
          ...{ requested: false, alarming: true, because: 'killed by the kernel, out of memory' },
        }),
        k: told('a', {
          ...{ event: events.d, exitCode: 137, cause: 'killed', signal: 9, seen: [events.k] },
          ...{ requested: true, alarming: false, because: 'killed by SIGKILL', request: events.k },
        }),
        x: told('b', {
          ...{ event: events.x, exitCode: undefined, cause: 'unknown', signal: undefined, seen: [] },
          ...{ because: 'ended without an exit code', duration: undefined },
        }),
      };
      const source = hot('  -s-o-x-d-s-k-d-|', events);
      const subs = '        ^--------------!';
      const expected = '    -----x-d-----k-|';
      expectObservable(source.pipe(deaths())).toBe(expected, died);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it.each<[Cause, Event[]]>([
    ['finished', [die(0)]],
    ['failed', [die(1)]],
    ['failed', [die(127)]],
    ['failed', [die(255)]],
    ['failed', [die(-1)]],
    ['crashed', [die(139)]],
    ['crashed', [die(134)]],
    ['stopped', [kill('15'), die(0)]],
    ['stopped', [kill('15'), die(143)]],
    ['stopped', [kill('3'), die(0)]],
    ['stopped', [kill('SIGTERM'), die(1)]],
    ['grace-ran-out', [kill('15'), kill('9'), die(137)]],
    ['killed', [kill('9'), die(137)]],
    ['killed', [kill('KILL'), die(137)]],
    ['killed', [kill('1'), die(129)]],
    ['killed', [of('oom'), kill('9'), die(137)]],
    ['killed', [die(137, { signal: '9' })]],
    ['out-of-memory', [of('oom'), die(137)]],
    ['out-of-memory', [kill('1'), of('oom'), die(137)]],
    ['failed', [of('oom'), die(1)]],
    ['failed', [kill('1'), die(1)]],
    ['unexplained', [die(137)]],
    ['unexplained', [kill('1'), die(137)]],
    ['unexplained', [kill('15'), die(137)]],
    ['unknown', [of('die')]],
    ['unknown', [of('die', { exitCode: 'many' })]],
  ])('is %s (case %#)', (cause, events) => {
    expect(causes([of('start'), ...events])).toBe(cause);
  });

  it('takes the words of Podman, which reports a stop before the end and no kill', () => {
    const died = (code: string): Event => of('died', { containerExitCode: code });
    expect(causes([of('stop'), died('0')].map(podman))).toBe('stopped');
    expect(causes([of('stop'), died('137')].map(podman))).toBe('grace-ran-out');
    expect(causes([of('restart'), died('143')].map(podman))).toBe('stopped');
    expect(causes([died('137')].map(podman))).toBe('unexplained');
  });

  it('lets nothing of one run explain the next', () => {
    expect(causes([kill('15'), die(0), of('stop'), of('start'), of('restart'), die(1)])).toBe(
      'stopped failed',
    );
    expect(causes([of('oom'), of('start'), die(137)])).toBe('unexplained');
    expect(causes([of('oom'), die(137), die(137)])).toBe('out-of-memory unexplained');
    expect(causes([of('oom'), of('destroy'), die(137)])).toBe('unexplained');
    expect(causes([of('oom', {}, 'b'), die(137)])).toBe('unexplained');
    expect(causes([{ ...of('oom'), type: 'network' }, die(137)])).toBe('unexplained');
  });

  it('explains the deaths of a real Docker, in words', () => {
    const told: string[] = [];
    from(recorded('deaths'))
      .pipe(deaths())
      .subscribe(({ event: { name }, because }) => told.push(`${name}: ${because}`));
    expect(told).toEqual([
      'polite: stopped when asked to, with exit code 0',
      'rude: killed as it did not stop in time',
      'killed: killed by SIGKILL',
      'hungry: killed by the kernel, out of memory',
      'struck: killed from outside the engine',
      'buggy: crashed by SIGSEGV',
      'job: finished',
      'termed: stopped when asked to, by SIGTERM',
    ]);
  });

  it('remembers a bounded number of containers, and of their events', () => {
    const one = [of('oom'), of('oom', {}, 'b'), die(137), of('die', { exitCode: '137' }, 'b')];
    expect(causes(one)).toBe('out-of-memory out-of-memory');
    expect(causes(one, { limit: 1 })).toBe('unexplained out-of-memory');
    const all = Array.from({ length: 20 }, (_, i) => of('kill', { signal: '1', n: String(i) }));
    const seen: Death<Event>[] = [];
    from([...all, die(1)])
      .pipe(deaths())
      .subscribe((death) => seen.push(death));
    expect(seen[0]?.seen).toEqual(all.slice(4));
  });

  it(
    'passes an error on, and leaves the source when it is left',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const fails = hot<Event>('--#');
      const goesOn = hot<Event>('----');
      expectObservable(fails.pipe(deaths())).toBe('--#');
      expectObservable(goesOn.pipe(deaths()), '--!').toBe('--');
      expectSubscriptions(fails.subscriptions).toBe(' ^-!');
      expectSubscriptions(goesOn.subscriptions).toBe('^-!');
    }),
  );

  it('takes what comes from inside its own subscriber', () => {
    const source = new Subject<Event>();
    const seen: Cause[] = [];
    source.pipe(deaths()).subscribe(({ cause }) => {
      seen.push(cause);
      if (seen.length === 1) for (const each of [kill('9'), die(137)]) source.next(each);
    });
    source.next(of('die', { exitCode: '1' }, 'b'));
    expect(seen).toEqual(['failed', 'killed']);
  });

  it('refuses a bad limit at the call', () => {
    expect(() => deaths({ limit: NaN })).toThrow(
      new RangeError('invalid limit NaN: a whole number, 1 or more'),
    );
  });

  it('keeps the type of the events', () => {
    new Subject<Event & { mine: 1 }>().pipe(deaths()).subscribe(({ event, seen, cause }) => {
      expectTypeOf(event).toEqualTypeOf<Event & { mine: 1 }>();
      expectTypeOf(seen).toEqualTypeOf<readonly (Event & { mine: 1 })[]>();
      expectTypeOf(cause).toEqualTypeOf<Cause>();
    });
    // @ts-expect-error -- needs attributes
    new Subject<{ id: string; type: string; action: string; timeNano: bigint }>().pipe(deaths());
  });
});
