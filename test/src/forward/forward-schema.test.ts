import { describe, expect, it } from 'vitest';
import { forwardersIn } from '../../support/sink.ts';

describe('a file of forwarders', () => {
  it('gives each its filter, its sink and its limits', () => {
    const [all, some] = forwardersIn(`forward:
  - { name: all, stdout: true }
  - name: some
    when: { name: 'web-*', filter: [event=die, type=container] }
    http: { url: 'https://user.example/a?token=secret', basic: { user: me, password: secret } }
    batch: { count: 10, bytes: 64KiB, every: 5s }
    timeout: 3s
    start: oldest
`);
    expect(all).toMatchObject({
      ...{ name: 'all', when: { name: [], filters: {} }, timeout: 30_000, start: 'now' },
      batch: { count: 500, bytes: 2 ** 20, every: 1000 },
      sink: { kind: 'stdout', target: 'standard output' },
    });
    expect(some).toMatchObject({
      ...{ name: 'some', timeout: 3000, start: 'oldest', batch: { count: 10, bytes: 65_536, every: 5000 } },
      when: { name: ['web-*'], filters: { event: ['die'], type: ['container'] } },
      sink: { kind: 'http', target: 'https://user.example/a' },
    });
  });

  it.each([
    ['name: a', 'has no sink: give it one of '],
    ['name: a, stdout: true, file: /x', 'file: is a second sink|stdout: is a second sink'],
    ['name: a, file: x', 'file: must be an absolute path|file.path: must be an absolute path'],
    ['name: a/b, stdout: true', 'name: invalid name'],
    ['name: a, stdout: true, batch: { count: 0 }', 'batch.count: must be 1 or more, not 0'],
    ['name: a, stdout: true, batch: { bytes: 1 }', 'batch.bytes: invalid size 1: 1.0 KiB to 64.0 MiB'],
    ['name: a, stdout: true, start: later', 'start: must be now or oldest, not "later"'],
    ['name: a, stdout: true, when: { filter: event }', 'when.filter: '],
    ["name: a, http: { url: 'ftp://x' }", 'http.url: invalid URL'],
    ['name: a, http: { url: { env: NO_URL } }', 'there is no environment variable NO_URL'],
    [
      "name: a, http: { url: 'http://x', tls: { cert: /etc/hostname } }",
      'tls.cert: /etc/hostname holds no PEM',
    ],
    ['name: a, http: { url: \'http://x\', token: "a\\nb" }', 'token: must be ASCII, on one line'],
  ])('refuses %s', (line, message) => {
    expect(() => forwardersIn(`forward: [{ ${line} }]`)).toThrow(new RegExp(message));
  });

  it('refuses two forwarders of one name', () => {
    expect(() => forwardersIn('forward: [{ name: a, stdout: true }, { name: a, stdout: true }]')).toThrow(
      'a is the name of an earlier forwarder: give each its own',
    );
  });

  it('never shows a secret URL', () => {
    process.env['SECRET_URL'] = 'https://hooks.example/services/T0/SECRET';
    process.env['NOT_A_URL'] = 'SECRET';
    const [one] = forwardersIn('forward: [{ name: a, http: { url: { env: SECRET_URL } } }]');
    expect(one?.sink.target).toBe('https://hooks.example/…');
    expect(() => forwardersIn('forward: [{ name: a, http: { url: { env: NOT_A_URL } } }]')).toThrow(
      /http.url: the secret holds no URL: right would be https:\/\/host\/path$/,
    );
  });
});
