import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isThere, socketPath, socketProblem } from '../../../src/engines/unix-endpoint.ts';

describe('socketPath', () => {
  it('is the path, with or without the scheme', () => {
    expect(socketPath('unix:///run/d.sock')).toBe('/run/d.sock');
    expect(socketPath('/run/d.sock')).toBe('/run/d.sock');
  });

  it('has at most 107 bytes', () => {
    const longest = `/${'x'.repeat(106)}`;
    expect(socketPath(longest)).toBe(longest);
    expect(() => socketPath(`${longest}x`)).toThrow(/the path has 108 bytes, a Unix socket's at most 107/);
    expect(() => socketPath(`/${'é'.repeat(54)}`)).toThrow(/109 bytes/);
  });

  it.each([
    ['tcp://127.0.0.1:2375', 'tcp:// is not supported, only unix:///path/of/socket'],
    ['run/d.sock', 'give the absolute path of a socket'],
    ['unix://d.sock', 'give the absolute path of a socket'],
    ['', 'give the absolute path of a socket'],
    ['/run/\0', 'give the absolute path of a socket'],
  ])('refuses %j', (endpoint, why) => {
    expect(() => socketPath(endpoint)).toThrow(RangeError);
    expect(() => socketPath(endpoint)).toThrow(why);
  });
});

describe('isThere', () => {
  it('is true for a socket, another host, and a directory at its place', () => {
    expect(isThere('unix:///tmp')).toBe(true);
    expect(isThere('tcp://10.0.0.1:2375')).toBe(true);
    expect(isThere('/dev/null')).toBe(false);
    expect(isThere('/nowhere/at/all')).toBe(false);
    expect(isThere('relative')).toBe(false);
  });
});

describe('socketProblem', () => {
  it('names a bind mount that went wrong', () => {
    expect(socketProblem('unix:///tmp')).toMatch(/^it is a directory, not a socket: a bind mount/);
    expect(socketProblem('/nowhere')).toBeUndefined();
  });

  it.runIf(process.getuid?.() === 0)('names the owner and the group that may connect', () => {
    const path = join(mkdtempSync('/tmp/td-'), 's');
    onTestFinished(() => rmSync(dirname(path), { recursive: true }));
    writeFileSync(path, '');
    const of = (uid: number, gid: number, mode: number): string | undefined => {
      chownSync(path, uid, gid);
      chmodSync(path, mode);
      return socketProblem(path)?.replace('this user may not connect: it must be ', '');
    };
    expect(of(0, 0, 0o660)).toBe('root');
    expect(of(0, 12345, 0o640)).toBe('root');
    expect(of(0, 12345, 0o660)).toBe('root, or in group 12345 that owns the socket (usermod -aG 12345 USER)');
    expect(of(1, 12345, 0o600)).toBe('root or daemon, the owner of the socket');
  });
});
