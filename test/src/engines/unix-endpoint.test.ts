import { describe, expect, it } from 'vitest';
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
  it('names a bind mount that went wrong, and the group that may connect', () => {
    expect(socketProblem('unix:///tmp')).toMatch(/^it is a directory, not a socket: a bind mount/);
    expect(socketProblem('/dev/null')).toMatch(/in group root that owns the socket/);
    expect(socketProblem('/nowhere')).toBeUndefined();
  });
});
