import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ASCII, UNICODE } from '../../../cli/render/glyphs.ts';
import { createTheme } from '../../../cli/render/theme.ts';
import { width } from '../../../cli/render/width.ts';
import { BARS, type Row } from '../../../cli/top/model.ts';
import { screenLines, type View } from '../../../cli/top/view.ts';

const NOW = 1_700_000_000_000_000_000n;
const view: View = {
  ...{ columns: 80, height: 8, theme: createTheme(0, 'dark'), glyphs: UNICODE, now: NOW },
  ...{ filter: '', typing: false, paused: false, selected: 0, notice: '' },
};
const row = (label: string, parts: Partial<Row['state']> = {}, last?: Row['last']): Row => ({
  state: { id: label, state: 'running', labels: {}, restarts: 0, oomKilled: false, ...parts },
  ...{ label, last, activity: [...Array<number>(BARS - 2).fill(0), 1, 2] },
});
const died: Row['last'] = {
  ...{ label: 'loop', verb: 'die', tone: 'alarm', glyph: 'alarm', details: ['exit 3 after 0.7 s'] },
  at: NOW - 2_000_000_000n,
};

describe('screenLines', () => {
  it('has a line for each container, with state, restarts, activity and the latest event', () => {
    const lines = screenLines(
      [row('loop', { state: 'exited', exitCode: 3, restarts: 7 }, died), row('web')],
      view,
    );
    expect(lines).toHaveLength(8);
    expect(lines[0]).toBe('2 containers, 1 down');
    expect(lines[1]).toBe('> loop                 exit 3    ↻7   ········▄█     2 s  die ✗ exit 3 after 0.7');
    expect(lines[2]).toMatch(/^ {2}web +running {8}/);
    expect(lines.at(-1)).toMatch(/^q quit/);
  });

  it('shows the filter, the pause and notices', () => {
    const [head] = screenLines([row('a')], { ...view, filter: 'we', paused: true, notice: 'waiting' });
    expect(head).toBe('1 container, 0 down  filter: we  paused  waiting');
    expect(screenLines([], { ...view, filter: 'we', typing: true }).at(-1)).toBe('filter: we_');
  });

  it('keeps the selected row in sight', () => {
    const rows = Array.from({ length: 100 }, (_, i) => row(`c${i}`));
    for (const selected of [0, 50, 99]) {
      const marked = screenLines(rows, { ...view, selected }).filter((line) => line.startsWith('> '));
      expect(marked.map((line) => line.split(/\s+/)[1])).toEqual([`c${selected}`]);
    }
  });

  it('fits every terminal, whatever the names', () => {
    const size = fc.record({
      columns: fc.integer({ min: 1, max: 250 }),
      height: fc.integer({ min: 1, max: 60 }),
    });
    const label = fc.oneof(
      fc.constantFrom('漢字'.repeat(20), 'e\u0301'.repeat(40), '😀'.repeat(30)),
      fc.string(),
    );
    fc.assert(
      fc.property(size, fc.array(label, { maxLength: 40 }), fc.boolean(), (size, labels, ascii) => {
        const rows = labels.map((each) => row(each.replaceAll(/[^\p{L}\p{N}\p{M}\p{S}]/gu, ''), {}, died));
        const lines = screenLines(rows, { ...view, ...size, glyphs: ascii ? ASCII : UNICODE });
        expect(lines).toHaveLength(size.height);
        expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(size.columns);
      }),
    );
  });
});
