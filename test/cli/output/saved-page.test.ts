import { EventEmitter } from 'node:events';
import { from, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../cli/exit.ts';
import type { Io } from '../../../cli/io.ts';
import { savePage, type SavedPageOptions } from '../../../cli/output/saved-page.ts';
import { formatCursor } from '../../../src/collector/cursor.ts';
import type { Frame } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

/** An `Io` that gathers stdout. */
function gathering(isTTY = false): { readonly io: Io; text(): string } {
  let text = '';
  const stdout = Object.assign(new EventEmitter(), {
    isTTY,
    write: (part: string) => ((text += part), true),
  });
  const io = { stdout, args: ['events', '-o', 'html'], signal: new AbortController().signal };
  return { io: io as unknown as Io, text: () => text };
}

const options = (io: Io, frames: readonly Frame[]): SavedPageOptions => ({
  ...{ frames: () => from(frames), since: 1n, until: 2_000_000n, view: 'events', daemon: undefined, io },
});

const frame = (name: string): Frame => ({
  kind: 'event',
  cursor: formatCursor('t', 1),
  event: { seq: 1, ...event({ name, attributes: { note: '<!-- <script>' } }) },
});

/** The lines of the data in the file. */
const dataIn = (text: string): readonly string[] =>
  /id="data">\n([^]*?)\n?<\/script>/.exec(text)?.[1]?.split('\n') ?? [];

describe('savePage', () => {
  it('writes the page around its data', async () => {
    const { io, text } = gathering();
    expect(await savePage(options(io, [frame('web'), { kind: 'replay-end', cursor: 't:1.00' }]))).toBe(0);
    const [saved = '', containers, ...frames] = dataIn(text());
    expect(JSON.parse(saved)).toMatchObject({
      ...{ title: 'tidings events -o html', since: '1', until: '2000000', view: 'events' },
      host: { host: expect.any(String), zone: expect.any(String) },
    });
    expect(containers).toBe('null');
    expect(frames.map((line) => (JSON.parse(line) as { texts: string[] }).texts.includes('web'))).toEqual([
      true,
    ]);
    expect(text()).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
  });

  it('keeps texts of events inside their element', async () => {
    const { io, text } = gathering();
    const name = '</script><script>alert(1)</script><!--<script>';
    await savePage(options(io, [frame(name)]));
    const [, , line = ''] = dataIn(text());
    expect(line).not.toContain('<');
    expect((JSON.parse(line) as { texts: string[] }).texts).toContain(name);
    // As many elements as in a page without events.
    const empty = gathering();
    await savePage(options(empty.io, []));
    const scripts = (html: string): number => html.match(/<script/g)?.length ?? 0;
    expect(scripts(text())).toBe(scripts(empty.text()));
  });

  it('refuses a terminal', async () => {
    const { io } = gathering(true);
    await expect(savePage({ ...options(io, []), frames: () => of() })).rejects.toThrow(Failure);
  });
});
