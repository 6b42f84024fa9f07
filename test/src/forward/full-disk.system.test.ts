import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { died } from '../../support/events.ts';
import { openSink } from '../../support/sink.ts';
import { mayMount } from '../../support/tools.ts';

it.skipIf(!mayMount())(
  'leaves no part of a batch on a full disk, and writes it once there is room',
  async () => {
    const directory = mkdtempSync('/tmp/td-');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]);
    onTestFinished(() => {
      execFileSync('umount', ['-l', directory]);
      rmSync(directory, { recursive: true, force: true });
    });
    const path = join(directory, 'out');
    using sink = openSink(`file: ${path}`);
    await expect(sink.send([died])).resolves.toMatchObject({ result: 'done' });
    const before = readFileSync(path, 'utf8');
    writeFileSync(join(directory, 'others'), 'x'.repeat(50_000));
    const batch = Array.from({ length: 60 }, (_, i) => ({ ...died, seq: 100 + i }));
    await expect(sink.send(batch)).rejects.toThrow(/ENOSPC/);
    expect(readFileSync(path, 'utf8')).toBe(before);
    rmSync(join(directory, 'others'));
    await expect(sink.send(batch)).resolves.toMatchObject({ result: 'done' });
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(62);
    expect(statSync(path).size).toBeGreaterThan(before.length);
  },
);
