import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { chalkOf } from '../../../cli/render/colour.ts';
import { textRenderer, type TextOptions } from '../../../cli/render/people.ts';
import { width } from '../../../cli/render/width.ts';
import { gapEvent, instant, type EngineEvent } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

const now = instant.parse('2022-05-10T12:00:00Z');
const id = '3277'.repeat(16);

const die: EngineEvent = {
  seq: 1,
  ...event({
    id,
    action: 'die',
    name: 'web-1',
    timeNano: now - 1_000_000_000n,
    attributes: { exitCode: '137', image: 'busybox:1.36', tier: 'front' },
    source: { engine: 'docker', endpoint: 'unix:///var/run/docker.sock' },
  }),
};

function renderer(options: Partial<TextOptions> = {}): ReturnType<typeof textRenderer> {
  return textRenderer({
    chalk: chalkOf(0),
    time: { style: 'short', utc: true, now: () => now },
    wide: false,
    columns: () => undefined,
    ...options,
  });
}

const line = (event: EngineEvent, options?: Partial<TextOptions>): string =>
  renderer(options).event(event, '');

describe('text', () => {
  it('shows what matters', () => {
    expect(line(die)).toBe(
      '11:59:59.000  web-1         die       327732773277  exitCode=137  image=busybox:1.36',
    );
  });

  it('names what has no name by its id, and other objects by their type', () => {
    expect(line({ ...die, name: undefined })).toMatch(/^11:59:59.000 {2}327732773277 {2}die /);
    expect(
      line({ ...die, type: 'image', action: 'pull', id: 'busybox:1', name: undefined, attributes: {} }),
    ).toBe('11:59:59.000  busybox:1     image pull');
    expect(line({ ...die, name: id, attributes: {} })).toBe('11:59:59.000  327732773277  die');
    expect(line({ ...die, type: 'daemon', action: 'reload', id: '', name: undefined, attributes: {} })).toBe(
      '11:59:59.000  daemon        daemon reload',
    );
  });

  it('colours the name and, by gravity, the action', () => {
    const coloured = line(die, { chalk: chalkOf(1) });
    expect(coloured).toContain('\u001b[96mweb-1');
    expect(coloured).toContain('\u001b[91mdie');
    expect(coloured).toContain('\u001b[91m137');
  });

  it('keeps columns for wide characters, and lets them grow', () => {
    const { event } = renderer();
    event({ ...die, name: '日本'.repeat(5) }, '');
    expect(event(die, '')).toMatch(/^11:59:59.000 {2}web-1 {17}die/);
  });

  it.each([1, 2, 14, 15, 40, 79, 80])('is cut to %d columns, colours aside', (columns) => {
    const whole = line({ ...die, name: '日本語' }, { columns: () => 99 });
    const cut = line({ ...die, name: '日本語' }, { columns: () => columns });
    expect(width(cut)).toBeLessThanOrEqual(columns);
    expect(whole.startsWith(cut.replace(/…$/, ''))).toBe(true);
    expect(cut.endsWith('…')).toBe(width(whole) > columns);
    const coloured = line({ ...die, name: '日本語' }, { columns: () => columns, chalk: chalkOf(2) });
    expect(stripVTControlCharacters(coloured)).toBe(cut);
  });

  it('leaves the id out where columns are few', () => {
    expect(line(die, { columns: () => 99 })).not.toContain('327732773277');
    expect(line(die, { columns: () => 100 })).toContain('327732773277');
  });

  it('shows a gap, whoever lost the events', () => {
    const loss = {
      source: { engine: 'docker' },
      timeNano: now,
      reason: 'upstream',
      detail: 'it restarted',
    } as const;
    expect(line(Object.assign(gapEvent(loss), { seq: 1 }))).toBe(
      '12:00:00.000  ⚠ gap: docker: it restarted (upstream)',
    );
    expect(renderer().gap({ kind: 'gap', from: 'a', to: 'b', count: 48, reason: 'overflow' })).toBe(
      '12:00:00.000  ⚠ gap: 48 events are missing, this reader, or the disk, was too slow (a to b)',
    );
  });

  it('lets nothing of a container steer the terminal or fake a line', () => {
    const evil = '\u001b[2J\n\u202e';
    const nasty = {
      ...die,
      name: evil,
      action: evil,
      id: evil,
      type: evil,
      attributes: { image: evil, [evil]: evil },
    };
    for (const wide of [false, true]) {
      const shown = line({ ...nasty, source: { engine: evil, endpoint: evil } }, { wide });
      // oxlint-disable-next-line no-control-regex
      expect(shown).not.toMatch(/[\u0000-\u001f\u202e]/);
      expect(shown).toContain(String.raw`\x1b[2J\n\u202e`);
    }
  });
});

describe('wide', () => {
  it('shows everything, whatever the columns', () => {
    expect(line(die, { wide: true, columns: () => 40 })).toBe(
      `11:59:59.000  web-1         die       ${id}  exitCode=137  image=busybox:1.36  tier=front  ` +
        'docker(unix:///var/run/docker.sock)',
    );
  });
});
