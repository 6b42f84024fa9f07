/** The units, as systemd itself judges them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { textOf } from '../support/release.ts';
import { findTool } from '../support/tools.ts';
import { root } from '../support/tree.ts';

const unit = 'packaging/systemd/tidings.service';

describe.skipIf(findTool('systemd-analyze') === undefined)('the units', () => {
  it.each(['tidings.service', 'tidings-user.service'])('%s is valid', (name) => {
    const folder = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const installed = textOf(`packaging/systemd/${name}`).replaceAll('/usr/bin/tidings', '/bin/true');
    writeFileSync(join(folder, name), installed);
    const mode = name.includes('user') ? ['--user'] : [];
    const { status, stderr } = spawnSync(
      'systemd-analyze',
      [...mode, '--man=no', 'verify', join(folder, name)],
      {
        encoding: 'utf8',
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('has an exposure of at most 2.0', () => {
    const options = ['security', '--offline=yes', '--threshold=20', join(root, unit)];
    const printed = execFileSync('systemd-analyze', options, { encoding: 'utf8' });
    expect(printed).toMatch(/Overall exposure level for tidings.service: [01]\.\d OK/);
  });

  it('stays valid with the drop-in for rules that run commands', () => {
    const folder = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const dropIn = textOf('packaging/systemd/rules-that-run-commands.conf');
    const text = textOf(unit).replaceAll('/usr/bin/tidings', '/bin/true');
    writeFileSync(join(folder, 'tidings.service'), `${text}\n${dropIn}`);
    const { status, stderr } = spawnSync(
      'systemd-analyze',
      ['--man=no', 'verify', join(folder, 'tidings.service')],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
