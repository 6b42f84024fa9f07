import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { Aside, Io, OutputStream } from '../../../cli/io.ts';
import { Progress } from '../../../cli/output/progress-line.ts';

function stderrOf(isTTY: boolean): { io: Io; written: () => string; asides: Set<Aside> } {
  const stderr: OutputStream = Object.assign(new PassThrough(), { isTTY });
  const asides = new Set<Aside>();
  const io: Partial<Io> = { stderr, asides };
  return { io: io as Io, asides, written: () => String((stderr as PassThrough).read() ?? '') };
}

describe('progress', () => {
  it('changes a line in place on a terminal, at most five times a second, and removes it', () => {
    let now = 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { io, asides, written } = stderrOf(true);
    const progress = new Progress(io, 'exported', 10_000_000);
    expect(asides.size).toBe(1);
    progress.show(1_234_567);
    expect(written()).toBe('tidings: exported 1,234,567 of 10,000,000 events, 12 %');
    for (let i = 0; i < 20; i++) progress.show(1_300_000);
    expect(written()).toBe('');
    now += 200;
    for (let i = 0; i < 4; i++) progress.show(2_000_000);
    expect(written()).toBe('\r\u001b[Ktidings: exported 2,000,000 of 10,000,000 events, 20 %');
    progress.end();
    expect(written()).toBe('\r\u001b[K');
    expect(asides.size).toBe(0);
    clock.mockRestore();
  });

  it('is silent without a terminal', () => {
    const { io, written } = stderrOf(false);
    const progress = new Progress(io, 'imported');
    progress.show(5);
    progress.end();
    expect(written()).toBe('');
  });
});
