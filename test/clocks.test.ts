import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Files that subtract one reading of a clock from another, and why that is right there. A wall clock
 * can be set: its readings tell no span that the product waits or holds.
 */
const RIGHT: Readonly<Record<string, string>> = {
  'cli/output/progress-line.ts': 'a monotonic clock',
  'cli/output/terminal.ts': 'the time that an event states, against now',
  'cli/render/container-table.ts': 'the same, shown to people',
  'cli/render/explanation-text.ts': 'the same, shown to people',
  'cli/render/time-text.ts': 'the same, shown to people',
  'cli/top/view.ts': 'the same, shown to people',
  'operators/clock-watch.ts': 'a wait for an instant of the wall clock, which rules it',
  'operators/clock.ts': 'a clock that is set back stands still',
  'operators/stopwatch.ts': 'bounded by the timer that it runs',
  'operators/boundedReplay.ts': 'readings of the stopwatch',
  'operators/inOrder.ts': 'readings of the stopwatch',
  'operators/distinctWithin.ts': 'readings of the elapsed time',
  'operators/timesWithin.ts': 'the times that events of one engine state',
  'src/daemon/newness.ts': 'a monotonic clock',
  'src/delivery/http-post.ts': 'the date of a Retry-After header, against now',
  'src/encoders/packed.ts': 'the times of two events',
  'src/engines/cri/session.ts': 'readings of the stopwatch',
  'src/engines/engine-clock.ts': 'a monotonic clock',
  'src/fleet/host-lives.ts': 'readings of the stopwatch; the clock of a host, against ours',
  'src/fleet/merge-hosts.ts': 'readings of the stopwatch',
  'src/handlers/alerts/alert-tracker.ts': 'readings of the elapsed time',
  'src/handlers/rules/kept-restarts.ts': 'a wait that outlives the process, at most the whole of it',
  'src/instant.ts': 'an instant that a user states as an age',
  'src/journal/write/ledger.ts': 'a monotonic clock',
  'src/journal/write/writer.ts': 'the age of a file, which outlives the process',
};

/** A subtraction with a reading of a clock on either side. */
const DIFFERENCE = /\bnow(?:\(\))? - |- [#\w.()]*\bnow\b|\b(?:performance|Date)\.now\(\) -/i;

/** Files that may ask for today's date: no other may, and the lint bans the other clocks. */
const DATED = ['src/lock.ts'];

const code = (text: string): string => text.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');

/** The files of a folder. */
const filesIn = (...folders: readonly string[]): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file)),
  );

/** A date of now, and the global timers and clocks under another name. */
const HIDDEN = /new Date\b(?!\s*\(\s*[^)\s])|globalThis\s*[.[]/;

describe('clocks behind the back of the scheduler', () => {
  it('are read by files that have a reason only', () => {
    const found = filesIn('src', 'operators').filter((file) => HIDDEN.test(code(readFileSync(file, 'utf8'))));
    expect(found).toEqual(DATED);
  });

  it.each(['new Date()', 'new Date', 'globalThis.setTimeout(f)', "globalThis['Date']"])(
    'are found: %s',
    (line) => {
      expect(HIDDEN.test(line)).toBe(true);
    },
  );

  it.each(['new Date(millis)', 'new Date(0).getTime()', 'new DateLine()'])('are not found in %s', (line) => {
    expect(HIDDEN.test(line)).toBe(false);
  });
});

describe('differences of clock readings', () => {
  it('occur only where no set clock can mislead them', () => {
    const files = filesIn('src', 'operators', 'cli');
    expect(files.length).toBeGreaterThan(200);
    const found = files.filter((file) => DIFFERENCE.test(code(readFileSync(file, 'utf8'))));
    expect(found.toSorted()).toEqual(Object.keys(RIGHT).toSorted());
  });

  it.each(['now() - began', 'scheduler.now() - this.#since', 'x < end - clock.now()', 'a - Date.now()'])(
    'are found: %s',
    (line) => {
      expect(DIFFERENCE.test(line)).toBe(true);
    },
  );
});
