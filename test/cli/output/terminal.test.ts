import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Noise } from '../../../cli/output/folding.ts';
import { Output } from '../../../cli/output/stdout.ts';
import { createTerminal, type Terminal, type TerminalOptions } from '../../../cli/output/terminal.ts';
import type { FoldedLoop, Renderer } from '../../../cli/render/renderer.ts';
import type { EngineEvent } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

const now = 1_000_000_000_000_000_000n;

const renderer: Renderer = {
  forPeople: true,
  event: ({ name, action }) => `${name} ${action}`,
  gap: () => 'gap',
  terminal: {
    rule: (words) => `-- ${words} --`,
    quiet: (words) => `(${words})`,
    loop: ({ latest, deaths, over, next }: FoldedLoop) =>
      `${latest.name} ${deaths} times${over ? ', over' : ''}${next === undefined ? '' : `, next in ${next} ms`}`,
  },
};

/**
 * A terminal that shows what is on its screen: it understands the sequences that go up and erase.
 */
function terminal(options: Partial<TerminalOptions> = {}): {
  terminal: Terminal;
  happen: (name: string, action: string, attributes?: Record<string, string>, seconds?: number) => void;
  shown: () => Promise<string[]>;
} {
  const stream = new PassThrough();
  let written = '';
  stream.setEncoding('utf8').on('data', (text: string) => (written += text));
  const create = createTerminal(renderer, {
    ...{ all: false, last: undefined, follows: true, now: () => now, noise: new Noise() },
    ...options,
  });
  if (create === undefined) throw new Error('not for people');
  const made = create(new Output(stream));
  let time = now - 3_600_000_000_000n;
  return {
    terminal: made,
    happen: (name, action, attributes = {}, seconds = 1) => {
      time += BigInt(seconds * 1000) * 1_000_000n;
      const happened: EngineEvent = {
        seq: 1,
        ...event({ id: name, name, action, attributes, timeNano: time }),
      };
      made.event(happened, renderer.event(happened, ''));
    },
    shown: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const lines: string[] = [];
      // oxlint-disable-next-line no-control-regex
      for (const part of written.split(/(?<=\n)|(?=\u001b)/)) {
        // oxlint-disable-next-line no-control-regex
        const up = /^\u001b\[(\d+)A/.exec(part);
        if (up !== null) lines.splice(lines.length - Number(up[1]));
        // oxlint-disable-next-line no-control-regex
        const text = part.replace(/^\u001b\[(\d+A|J)/, '');
        if (text !== '') lines.push(text.trimEnd());
      }
      return lines;
    },
  };
}

describe('a terminal', () => {
  it('shows the last lines of the past, then a rule, then what happens', async () => {
    const { terminal: made, happen, shown } = terminal({ last: 2 });
    for (const name of ['a', 'b', 'c']) happen(name, 'start');
    made.live();
    happen('d', 'start');
    expect(await shown()).toEqual(['b start', 'c start', '-- live --', 'd start']);
  });

  it('folds away health checks, attach, resize, top and networks, and counts them', async () => {
    const { terminal: made, happen, shown } = terminal();
    made.live();
    const exec = (name: string, command: string, execID: string): void => {
      for (const word of ['exec_create', 'exec_start']) happen(name, `${word}: ${command}`, { execID });
      happen(name, 'exec_die', { execID, exitCode: '0' });
    };
    exec('web', 'check', '1');
    happen('web', 'health_status: healthy');
    exec('web', 'check', '2');
    exec('web', '/bin/sh -c x', '3');
    // A person's exec, in a container with a health check.
    exec('web', 'ls', '4');
    for (const action of ['attach', 'resize', 'top']) happen('web', action);
    exec('other', '/bin/sh -c x', '5');
    expect(await shown()).toEqual([
      ...['web exec_start: check', 'web exec_die', 'web health_status: healthy'],
      ...['web exec_start: ls', 'web exec_die', 'other exec_start: /bin/sh -c x', 'other exec_die'],
      '(12 events are folded away: -a shows all)',
    ]);
  });

  it('folds what Podman does for itself, but not the second clean-up, which shows a stop', async () => {
    const { terminal: made, happen, shown } = terminal();
    made.live();
    for (const action of ['init', 'start', 'die', 'cleanup', 'cleanup']) happen('web', action);
    expect(await shown()).toEqual([
      ...['web start', 'web die', 'web cleanup'],
      '(2 events are folded away: -a shows all)',
    ]);
  });

  it('folds the execs that come over and over, though nothing says that they are a health check', async () => {
    const { terminal: made, happen, shown } = terminal();
    made.live();
    for (let i = 0; i < 10; i++) happen('web', 'exec_start: x');
    expect((await shown()).filter((line) => line === 'web exec_start: x')).toHaveLength(2);
  });

  it('shows everything if asked to', async () => {
    const { terminal: made, happen, shown } = terminal({ all: true });
    made.live();
    for (const action of ['attach', 'die', 'die', 'die', 'die']) happen('web', action, { exitCode: '1' });
    expect(await shown()).toEqual(['web attach', 'web die', 'web die', 'web die', 'web die']);
  });

  it('counts a crash loop in one line that stays below the others, and says when it is over', async () => {
    const { terminal: made, happen, shown } = terminal();
    made.live();
    for (let i = 0; i < 4; i++) {
      happen('loop', 'die', { exitCode: '1' });
      happen('loop', 'start', {}, 2 ** i);
    }
    happen('web', 'start');
    const before = ['loop die', 'loop start', 'loop die', 'loop start', 'web start'];
    expect(await shown()).toEqual([...before, 'loop 4 times, next in 8000 ms']);
    happen('loop', 'destroy');
    expect(await shown()).toEqual([...before, 'loop 4 times, over', 'loop destroy']);
    made.close();
  });

  it('does not fold requested deaths, nor those with exit code 0', async () => {
    const { terminal: made, happen, shown } = terminal();
    made.live();
    for (let i = 0; i < 4; i++) {
      happen('job', 'die', { exitCode: '0' });
      happen('web', 'kill', { signal: '15' });
      happen('web', 'die', { exitCode: '143' });
    }
    expect(await shown()).toHaveLength(12);
    made.close();
  });

  it('shows a loop that was over long ago in its place', async () => {
    const { terminal: made, happen, shown } = terminal();
    for (let i = 0; i < 5; i++) happen('loop', 'die', { exitCode: '1' });
    happen('web', 'start');
    made.live();
    expect(await shown()).toEqual(['loop die', 'loop die', 'loop 5 times, over', 'web start', '-- live --']);
    made.close();
    expect((await shown()).at(-1)).toBe('-- live --');
  });

  it('makes room for what others write', async () => {
    const { terminal: made, happen, shown } = terminal();
    made.live();
    happen('web', 'attach');
    expect(await shown()).toEqual(['(1 event is folded away: -a shows all)']);
    made.clear();
    expect(await shown()).toEqual([]);
    made.draw();
    expect(await shown()).toEqual(['(1 event is folded away: -a shows all)']);
  });
});
