import { describe, expect, it } from 'vitest';
import { isSocket, socketPath } from '../../../src/engines/unix-endpoint.ts';

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

describe('isSocket', () => {
  it('is false for what is none or cannot be one', () => {
    expect(isSocket('/dev/null')).toBe(false);
    expect(isSocket('/nowhere/at/all')).toBe(false);
    expect(isSocket('relative')).toBe(false);
  });
});
