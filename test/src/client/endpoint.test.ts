import { describe, expect, it } from 'vitest';
import { parseEndpoint } from '../../../src/client/endpoint.ts';
import { MAX_SOCKET_PATH } from '../../../src/unix-path.ts';

describe('parseEndpoint', () => {
  it.each([
    ['unix:///run/t.sock', { text: 'unix:///run/t.sock', socketPath: '/run/t.sock' }],
    ['/run/t.sock', { text: 'unix:///run/t.sock', socketPath: '/run/t.sock' }],
    ['http://localhost:7777', { text: 'http://localhost:7777', hostname: 'localhost', port: '7777' }],
    ['https://[::1]/', { secure: true, hostname: '::1', port: '' }],
  ])('reads %s', (text, endpoint) => {
    expect(parseEndpoint(text)).toMatchObject(endpoint);
  });

  it.each([
    '',
    'tidings.sock',
    'unix://',
    'tcp://localhost:1',
    'http://',
    'http://a/b',
    'http://me:pw@a',
    'x y',
  ])('refuses %j, saying what would be right', (text) => {
    expect(() => parseEndpoint(text)).toThrow(/invalid endpoint .*unix:\/\/\/path.*http:\/\/localhost:PORT/);
  });

  it('refuses a path that no socket can have, naming the limit', () => {
    const path = (bytes: number): string => `/${'é'.repeat(10)}`.padEnd(bytes - 10, 'x');
    expect(Buffer.byteLength(parseEndpoint(path(107)).socketPath ?? '')).toBe(MAX_SOCKET_PATH);
    expect(() => parseEndpoint(path(108))).toThrow(/socket path too long.*108 bytes.*at most 107/);
  });
});
