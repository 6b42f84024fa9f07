import { describe, expect, it } from 'vitest';
import { ASCII, UNICODE } from '../../../cli/render/glyphs.ts';
import { reportText, type ReportOptions } from '../../../cli/render/report-text.ts';
import { createTheme } from '../../../cli/render/theme.ts';
import { width } from '../../../cli/render/width.ts';
import type { Report } from '../../../operators/report.ts';
import { instant } from '../../../src/index.ts';

const at = (text: string): string => String(instant.parse(text));
const quiet: Report = {
  ...{ since: at('2026-11-27T22:00:00Z'), until: at('2026-11-28T07:00:00Z'), events: 12, quiet: true },
  ...{ deaths: [], loops: [], outages: [], unhealthy: [], images: [], gaps: [], containers: [], omitted: 0 },
};
const night: Report = {
  ...quiet,
  quiet: false,
  deaths: [
    {
      cause: 'failed',
      alarming: true,
      count: 19,
      names: [
        { name: 'loop', count: 18 },
        { name: 'db', count: 1 },
      ],
    },
  ],
  loops: [
    {
      ...{ name: 'loop', engine: 'docker', deaths: 18, end: 'exit 3' },
      ...{ first: at('2026-11-27T23:30:00Z'), last: at('2026-11-28T02:31:03Z') },
    },
  ],
  outages: [120, 60, 30].map((seconds) => ({
    ...{ name: 'loop', engine: 'docker', span: `${seconds}000000000`, summary: 'exit 3 after 0.7 s' },
    ...{ since: at('2026-11-27T23:31:00Z'), until: at('2026-11-27T23:33:00Z') },
  })),
  gaps: [{ time: at('2026-11-28T02:00:00Z'), engine: 'docker', reason: 'upstream', detail: 'x'.repeat(200) }],
  containers: [{ name: 'evil\u001b[31m\n漢字'.repeat(9), deaths: 1, parts: [0, 1, 8] }],
};

const text = (found: Report, options: Partial<ReportOptions> = {}): string[] =>
  reportText(found, {
    ...{ theme: createTheme(0, 'dark'), glyphs: UNICODE, zone: 'utc', columns: undefined },
    ...options,
  })
    .trimEnd()
    .split('\n');

describe('reportText', () => {
  it('is one line for a quiet night', () => {
    expect(text(quiet)).toEqual([
      '2026-11-27 22:00:00 to 2026-11-28 07:00:00: quiet, 12 events, 0 ordinary deaths, no trouble',
    ]);
  });

  it('has a section for each kind of trouble, and one line for all outages of a container', () => {
    const lines = text(night);
    expect(lines).toContain('     19  failed          loop × 18, db');
    expect(lines.some((line) => /^ {2}loop +18 deaths {2}23:30:00 to 02:31:03 {2}exit 3$/.test(line))).toBe(
      true,
    );
    expect(lines.filter((line) => /from 23:31:00/.test(line))).toHaveLength(1);
    expect(lines.join()).toMatch(
      /2 min {2}from 23:31:00, until 23:33:00, the longest of 3 {2}exit 3 after 0.7 s/,
    );
  });

  it.each([20, 40, 80, 200])('fits a terminal of %i columns', (columns) => {
    const [, ...lines] = text(night, { columns });
    expect(Math.max(...lines.filter((line) => line.startsWith('  ')).map(width))).toBeLessThanOrEqual(
      columns,
    );
  });

  it('tells two engines with one name apart', () => {
    const [loop] = night.loops;
    const loops = ['docker', 'podman'].map((engine) => ({ ...loop!, engine }));
    const both = text({ ...quiet, quiet: false, loops });
    expect(both.filter((line) => /^ {2}loop \((docker|podman)\) /.test(line))).toHaveLength(2);
  });

  it('states the day where a time of day would be ambiguous', () => {
    expect(text({ ...night, since: at('2026-11-20T22:00:00Z') }).join()).toMatch(/2026-11-27 23:30:00 to/);
  });

  it('writes escapes out, and has an ASCII form', () => {
    // oxlint-disable-next-line no-control-regex -- an escape is what must not be there
    expect(text(night).join('')).not.toMatch(/[\u0000-\u001f]/);
    // oxlint-disable-next-line no-control-regex -- all of ASCII
    expect(text({ ...night, containers: [] }, { glyphs: ASCII }).join('')).toMatch(/^[\u0000-\u007f]*$/);
  });
});
