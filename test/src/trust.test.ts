import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireLock } from '../../src/lock.ts';
import { checkOwner, checkTrusted, readTrusted, UntrustedError } from '../../src/trust.ts';

const own = process.geteuid?.() ?? 0;
const isRoot = own === 0;

function directory(mode = 0o700): string {
  const path = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  chmodSync(path, mode);
  return path;
}

describe('checkOwner', () => {
  it.each([0o750, 0o700, 0o755, 0o2750])('accepts mode %o of this user and of root', (mode) => {
    expect(() => checkOwner({ uid: own, mode }, 'it', '/x')).not.toThrow();
    expect(() => checkOwner({ uid: 0, mode }, 'it', '/x')).not.toThrow();
  });

  it.each([
    [own + 1, 0o700, /it \/x belongs to user \d+, and must belong to .* chown/],
    [own, 0o777, /it \/x can be written by others \(mode 0777\): .*'chmod go-w \/x'/],
    [own, 0o1777, /by others \(mode 1777\)/],
    [own, 0o770, /by its group \(mode 0770\)/],
    [0, 0o606, /by others/],
  ])('refuses user %i with mode %o', (uid, mode, message) => {
    expect(() => checkOwner({ uid, mode }, 'it', '/x')).toThrow(message);
  });
});

describe('checkTrusted', () => {
  it('accepts a directory in a sticky one, as in /tmp', () => {
    const place = join(directory(0o1777), 'state');
    mkdirSync(place);
    expect(() => checkTrusted(place, 'it')).not.toThrow();
  });

  it('follows a link that no other user can have made', () => {
    const place = directory();
    mkdirSync(join(place, 'there'));
    symlinkSync('there', join(place, 'here'));
    expect(() => checkTrusted(join(place, 'here'), 'it')).not.toThrow();
  });

  it.each([0o777, 0o1777, 0o770])('follows no link in a directory of mode %o, on the way either', (mode) => {
    const place = directory(mode);
    const other = directory();
    mkdirSync(join(other, 'below'));
    symlinkSync(other, join(place, 'link'));
    expect(() => checkTrusted(join(place, 'link'), 'it')).toThrow(/through the symbolic link .*\/link, in/);
    expect(() => checkTrusted(join(place, 'link/below'), 'it')).toThrow(UntrustedError);
    // Nor by a link that leads there.
    symlinkSync(join(place, 'link'), join(other, 'back'));
    expect(() => checkTrusted(join(other, 'back'), 'it')).toThrow(UntrustedError);
  });

  it('says what the system says of a place that is not there, or of links in a circle', () => {
    const place = directory();
    symlinkSync('b', join(place, 'a'));
    symlinkSync('a', join(place, 'b'));
    expect(() => checkTrusted(join(place, 'none'), 'it')).toThrow(/ENOENT/);
    expect(() => readTrusted(join(place, 'a'), 'it')).toThrow(/ELOOP/);
  });
});

describe('readTrusted', () => {
  it('reads a file, and refuses one that others can write', () => {
    const file = join(directory(), 'token');
    writeFileSync(file, 'secret', { mode: 0o600 });
    expect(readTrusted(file, 'the file').toString()).toBe('secret');
    chmodSync(file, 0o666);
    expect(() => readTrusted(file, 'the file')).toThrow(
      `the file ${file} can be written by others (mode 0666)`,
    );
  });
});

describe('acquireLock', () => {
  it.skipIf(!isRoot)('refuses a directory that another user has made', async () => {
    const theirs = join(directory(0o1777), 'state');
    mkdirSync(theirs);
    chownSync(theirs, 4711, 4711);
    await expect(acquireLock(theirs)).rejects.toThrow(/belongs to user 4711, and must belong to root/);
    chownSync(theirs, 0, 0);
    chmodSync(theirs, 0o777);
    await expect(acquireLock(theirs)).rejects.toThrow(/can be written by others \(mode 0777\)/);
  });
});
