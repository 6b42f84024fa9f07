import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ASCII, UNICODE } from '../../../cli/render/glyphs.ts';
import { createTheme } from '../../../cli/render/theme.ts';
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
    theme: createTheme(0, 'dark'),
    glyphs: UNICODE,
    time: { style: 'short', utc: true, now: () => now },
    wide: false,
    columns: () => undefined,
    ...options,
  });
}

const line = (event: EngineEvent, options?: Partial<TextOptions>): string =>
  renderer(options).event(event, '');

const container = (action: string, attributes: Record<string, string> = {}, after = 0): EngineEvent => ({
  ...die,
  action,
  attributes: { image: 'nginx:1.27', ...attributes },
  timeNano: now - 60_000_000_000n + BigInt(after) * 1_000_000n,
});

/** The words behind the name, for events that come one after the other. */
function words(events: readonly EngineEvent[], options?: Partial<TextOptions>): string[] {
  const { event } = renderer(options);
  return events.map((each) => event(each, '').replace(/^\S+ {2}\S+ +/, ''));
}

describe('text', () => {
  it('shows what matters', () => {
    expect(line(die)).toBe('11:59:59.000  web-1         die ✗ killed from outside (SIGKILL)');
  });

  it('explains deaths', () => {
    expect(
      words([
        container('create'),
        container('start', {}, 0),
        container('die', { exitCode: '3' }, 700),
        container('start', {}, 800),
        container('kill', { signal: '15' }, 1000),
        container('kill', { signal: '9' }, 11_000),
        container('die', { exitCode: '137' }, 11_100),
        container('start', {}, 12_000),
        container('oom', {}, 13_000),
        container('die', { exitCode: '137' }, 13_000),
        container('start', {}, 14_000),
        container('die', { exitCode: '0' }, 15_000),
      ]),
    ).toEqual([
      'create nginx:1.27',
      'start ▶ nginx:1.27',
      'die ✗ exit 3 after 0.7 s',
      'start ▶ nginx:1.27',
      'kill SIGTERM',
      'kill SIGKILL',
      'die ■ on request (SIGTERM, SIGKILL after 10 s)',
      'start ▶ nginx:1.27',
      'oom ✗ out of memory',
      'die ✗ out of memory after 1 s',
      'start ▶ nginx:1.27',
      'die ✓ exit 0 after 1 s',
    ]);
  });

  it('counts failed health checks', () => {
    const failed = ['exec_create: curl x', 'exec_start: curl x'].map((action) => container(action));
    const check = [...failed, container('exec_die', { exitCode: '1' })];
    expect(words([...check, ...check, ...check, container('health_status: unhealthy')]).at(-1)).toBe(
      'unhealthy ♥ 3 failed checks',
    );
    expect(words([container('health_status: healthy')])).toEqual(['healthy ♥']);
    expect(words(check)).toEqual(['exec_create curl x', 'exec_start curl x', 'exec_die exit 1']);
  });

  it('corrects a death on Podman whose request a second clean-up shows', () => {
    const podman = (action: string, after: number, attributes = {}): EngineEvent => ({
      ...container(action, attributes, after),
      source: { engine: 'podman' },
    });
    const made = renderer();
    const lines = [
      podman('start', 0),
      podman('die', 3, { exitCode: '143' }),
      podman('cleanup', 3),
      podman('cleanup', 4),
    ].map((each) => made.event(each, ''));
    expect(lines[1]).toMatch(/die ✗ crashed \(SIGTERM\)/);
    expect(lines[2]).toMatch(/cleanup$/);
    expect(lines[3]).toMatch(/cleanup ■ on request \(stop, SIGTERM\)$/);
  });

  it('knows run times from the list of containers', () => {
    const startedAt = String(die.timeNano - 4n * 3_600_000_000_000n);
    const seed = [
      {
        id,
        engine: 'docker',
        state: 'running',
        startedAt,
        labels: {},
        restarts: 0,
        oomKilled: false,
      } as const,
    ];
    const failed = { ...die, attributes: { exitCode: '1' } };
    expect(words([failed], { seed })).toEqual(['die ✗ exit 1 after 4 h']);
  });

  it('signs in ASCII where there is nothing else', () => {
    expect(words([container('start'), die], { glyphs: ASCII })).toEqual([
      'start > nginx:1.27',
      'die x killed from outside (SIGKILL) after 59 s',
    ]);
  });

  it('names a service of compose by its project, and networks by their container', () => {
    const compose = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'db' };
    const { event } = renderer();
    expect(event(container('start', compose), '')).toMatch(/ {2}shop\/db +start/);
    const second = container('start', { ...compose, 'com.docker.compose.container-number': '2' });
    expect(line(second)).toMatch(/ {2}shop\/db\.2 +start/);
    const network = { ...die, type: 'network', id: 'f'.repeat(64), name: 'bridge', action: 'connect' };
    event(container('start', compose), '');
    expect(event({ ...network, attributes: { container: id } }, '')).toMatch(
      /shop\/db +connect network bridge$/,
    );
  });

  it('names what has no name by its id, and other objects by their type', () => {
    expect(line({ ...die, name: undefined })).toMatch(/^11:59:59.000 {2}327732773277 {2}die /);
    expect(
      line({ ...die, type: 'image', action: 'pull', id: 'busybox:1', name: undefined, attributes: {} }),
    ).toBe('11:59:59.000  busybox:1     pull image');
    expect(line({ ...die, name: id, action: 'stop', attributes: {} })).toBe(
      '11:59:59.000  327732773277  stop',
    );
    expect(line({ ...die, type: 'daemon', action: 'reload', id: '', name: undefined, attributes: {} })).toBe(
      '11:59:59.000  daemon        reload',
    );
  });

  it('is red for an unrequested death, and for no other', () => {
    const theme = createTheme(2, 'dark');
    const red = '\u001b[38;5;196m';
    const shown = (events: readonly EngineEvent[]): string => words(events, { theme }).at(-1) ?? '';
    expect(shown([die])).toContain(red);
    expect(shown([container('kill', { signal: '9' }), container('die', { exitCode: '137' })])).not.toContain(
      red,
    );
    expect(shown([container('die', { exitCode: '0' })])).not.toContain(red);
  });

  it('keeps columns for wide characters, and lets them grow in a pipe', () => {
    const { event } = renderer();
    event({ ...die, name: '日本'.repeat(5) }, '');
    expect(event(die, '')).toMatch(/^11:59:59.000 {2}web-1 {17}die/);
  });

  it('cuts the middle of names on a terminal, and keeps columns', () => {
    const long = { ...die, name: 'a-name-that-goes-on-and-on-and-on' };
    const options = { columns: (): number => 80 };
    expect(line(long, options)).toMatch(
      /^11:59:59 {2}a-name-tha…nd-on-and-on? *die|^11:59:59 {2}\S{20} {2}die/,
    );
    expect(line(long, options).indexOf('die')).toBe(line(die, options).indexOf('die'));
    expect(line({ ...die, name: '日本語'.repeat(9) }, options).replace(/die.*/, '')).toSatisfy(
      (text: string) => width(text) === line(die, options).indexOf('die'),
    );
  });

  it.each([1, 2, 14, 15, 20, 39, 40, 79, 80, 200])('fits into %d columns, colours aside', (columns) => {
    for (const event of [{ ...die, name: '日本語' }, container('start', { image: 'x'.repeat(4000) })]) {
      const cut = line(event, { columns: () => columns });
      expect(width(cut)).toBeLessThanOrEqual(columns);
      const theme = createTheme(2, 'light');
      expect(stripVTControlCharacters(line(event, { columns: () => columns, theme }))).toBe(cut);
    }
  });

  it('never cuts time or action down to 20 columns', () => {
    expect(line(container('health_status: unhealthy'), { columns: () => 20 })).toMatch(
      /^11:59:00 . unhealthy/,
    );
  });

  it('shows a gap as a rule, with its number and reason', () => {
    const loss = {
      source: { engine: 'docker' },
      timeNano: now,
      reason: 'upstream',
      detail: 'it restarted',
    } as const;
    expect(line(gapEvent(loss))).toBe('── ⚠ gap: docker: it restarted (upstream) ──');
    expect(renderer().gap({ kind: 'gap', from: 'a', to: 'b', count: 48, reason: 'overflow' })).toBe(
      '── ⚠ gap: 48 events are missing, this reader, or the disk, was too slow (a to b) ──',
    );
  });

  it('shows a crash loop in one line', () => {
    const first = { ...die, timeNano: now - 180_000_000_000n };
    const loop = { first, latest: { ...die, timeNano: now }, deaths: 14, over: false, next: 12_800 };
    expect(renderer().terminal?.loop(loop)).toBe(
      '12:00:00.000  web-1         ↻ ✗ 14 × in 3 min, exit 137, next in 12.8 s',
    );
    expect(renderer().terminal?.loop({ ...loop, over: true, next: undefined })).toContain(
      'crash loop over ✗ 14 ×',
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
      `11:59:59.000  web-1         die  killed from outside (SIGKILL)  ${id}  exitCode=137  image=busybox:1.36  ` +
        'tier=front  docker(unix:///var/run/docker.sock)',
    );
  });
});
