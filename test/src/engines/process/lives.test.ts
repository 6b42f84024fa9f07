import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type ProcessLife, live, type Living, LIVES } from '../../../../src/engines/process/lives.ts';
import { parseRestartPolicy, type RunChange } from '../../../../src/restart-policy.ts';
import { marbles } from '../../../support/marbles.ts';

const plain: ProcessLife = {
  ...{ name: 'x', image: 'y', begins: 0, lasts: 2000 },
  ...{ ends: 1, policy: 'no', again: 5000 },
};

/** A container that does at once as it is told; `did` is what was done, when. */
function puppet(now: () => number): Living & { readonly did: string[] } {
  const changes = new Subject<RunChange>();
  const did: string[] = [];
  const at = (): bigint => BigInt(now()) * 1_000_000n;
  const die = (exitCode: number): void => changes.next({ kind: 'die', at: at(), exitCode });
  const note = (what: string): unknown => did.push(`${now()} ${what}`);
  return {
    changes,
    did,
    start: () => {
      note('start');
      changes.next({ kind: 'start', at: at() });
    },
    finish: (code) => {
      note(`exit ${code}`);
      die(code);
    },
    kill: (signal) => {
      note(signal);
      die(137);
    },
    stop: () => {
      note('stop');
      changes.next({ kind: 'stop' });
      die(143);
    },
  };
}

describe('a life', () => {
  it.each([
    [
      'ends, and is started again by a user',
      plain,
      9500,
      ['0 start', '2000 exit 1', '7000 start', '9000 exit 1'],
    ],
    [
      'is started again by its policy, and when that gives up, by a user',
      { ...plain, policy: 'on-failure:2' },
      12_400,
      ['0 start', '2000 exit 1', '2100 start', '4100 exit 1', '4300 start', '6300 exit 1', '11300 start'],
    ],
    [
      'is killed',
      { ...plain, ends: 'SIGKILL', policy: 'always' },
      2150,
      ['0 start', '2000 SIGKILL', '2100 start'],
    ],
    [
      'is killed after a run so long that its policy starts over',
      { ...plain, lasts: 11_000, ends: 'SIGKILL', policy: 'always' },
      22_250,
      ['0 start', '11000 SIGKILL', '11100 start', '22100 SIGKILL', '22200 start'],
    ],
    [
      'is stopped, which no policy undoes',
      { ...plain, ends: 'stop', policy: 'unless-stopped' },
      7500,
      ['0 start', '2000 stop', '7000 start'],
    ],
  ] as const)('%s', (_, life, until, expected) => {
    marbles(({ expectObservable, flush }, scheduler) => {
      const container = puppet(() => scheduler.now());
      expectObservable(live(life, container, scheduler), `^ ${until}ms !`).toBe('');
      flush();
      expect(container.did).toEqual(expected);
    })();
  });

  it('does nothing once it is left', () => {
    marbles(({ expectObservable, flush }, scheduler) => {
      const container = puppet(() => scheduler.now());
      expectObservable(live(plain, container, scheduler), '^ 1s !').toBe('');
      flush();
      expect(container.did).toEqual(['0 start']);
    })();
  });
});

describe('the lives of the built-in engine', () => {
  it('show something every few seconds, and never more than a human can read', () => {
    marbles(({ expectObservable, flush }, scheduler) => {
      const containers = LIVES.map((life) => ({
        life,
        container: puppet(() => life.begins + scheduler.now()),
      }));
      for (const { life, container } of containers) {
        expectObservable(live(life, container, scheduler), '^ 5m !').toBe('');
      }
      flush();
      const times = containers
        .flatMap(({ container }) => container.did.map((each) => Number.parseInt(each, 10)))
        .sort((a, b) => a - b);
      const pauses = times.slice(1).map((time, i) => time - (times[i] ?? 0));
      expect(Math.max(...pauses)).toBeLessThan(5000);
      // In any ten seconds.
      expect(
        Math.max(...times.map((from) => times.filter((time) => time >= from && time < from + 10_000).length)),
      ).toBeLessThan(25);
    })();
  });

  it('show every way to end, each policy, and names of their own', () => {
    expect(new Set(LIVES.map(({ ends }) => ends))).toEqual(new Set([0, 1, 'SIGKILL', 'stop']));
    expect(new Set(LIVES.map(({ policy }) => parseRestartPolicy(policy).name)).size).toBe(4);
    expect(new Set(LIVES.map(({ name }) => name)).size).toBe(LIVES.length);
  });
});
