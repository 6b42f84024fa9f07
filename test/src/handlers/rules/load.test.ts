import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { RulesError } from '../../../../src/handlers/rules/error.ts';
import { parseRules, readRules } from '../../../../src/handlers/rules/load.ts';

const directory = mkdtempSync('/tmp/td-');
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** The problems, one on each line. */
function problems(text: string): readonly string[] {
  try {
    parseRules(text, 'r.yaml');
  } catch (error) {
    if (error instanceof RulesError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const CONTAINERS = { name: [], filters: { type: ['container'] }, often: undefined };

describe('a file of rules', () => {
  it('says everything that a rule can be', () => {
    const secret = join(directory, 'secret');
    writeFileSync(secret, 'a secret of some length\n');
    vi.stubEnv('TIDINGS_TEST_SECRET', 'another of some length');
    const text = `
# Rules are tried in this order.
rules:
  - name: heal
    when:
      name: '!db'
      filter: 'event=health_status: unhealthy'
    restart: { grace: 10s }
  - name: tell
    when:
      name: [web-*, /^api-\\d+$/]
      filter: [event=die, exitCode!=0]
      times: 3
      within: 1m30s
    webhook:
      url: https://example.org/hook
      headers: { Authorization: Bearer t }
      secret: { file: ${secret} }
    timeout: 1.5s
    retries: 9
    concurrency: 2
    chain: 1
  - name: log
    run: [/bin/echo, died]
  - { name: shell, run: echo died | logger }
  - { name: tidy, remove: true, when: { filter: event=die } }
  - { name: force, remove: { force: true } }
  - { name: keep, restart-policy: 'on-failure:5', post-stop: [cleanup], auto-remove: true }
  - { name: never, restart-policy: no }
  - { name: signed, webhook: { url: 'http://[::1]:8080/', secret: { env: TIDINGS_TEST_SECRET } } }
  - { name: plain, webhook: 'http://localhost/', when: { filter: [type=daemon, event=gap] } }
`;
    const rules = parseRules(text);
    const actions = Object.fromEntries(rules.map(({ name, action }) => [name, action]));
    expect(rules[0]).toEqual({
      name: 'heal',
      when: {
        name: ['!db'],
        filters: { event: ['health_status: unhealthy'], type: ['container'] },
        often: undefined,
      },
      action: { kind: 'restart', grace: 10 },
      timeout: 60_000,
      retries: 2,
      concurrency: 16,
      chain: 5,
    });
    expect(rules[1]).toEqual({
      name: 'tell',
      when: {
        name: ['web-*', '/^api-\\d+$/'],
        filters: { event: ['die'], 'exitCode!': ['0'], type: ['container'] },
        often: { times: 3, within: 90_000_000_000n },
      },
      action: {
        kind: 'webhook',
        url: 'https://example.org/hook',
        headers: { authorization: 'Bearer t' },
        secret: 'a secret of some length',
      },
      timeout: 1500,
      retries: 9,
      concurrency: 2,
      chain: 1,
    });
    expect(actions['log']).toEqual({ kind: 'run', command: ['/bin/echo', 'died'] });
    expect(actions['shell']).toEqual({ kind: 'run', command: ['/bin/sh', '-c', 'echo died | logger'] });
    expect(actions['tidy']).toEqual({ kind: 'remove', force: false });
    expect(actions['force']).toEqual({ kind: 'remove', force: true });
    expect(actions['keep']).toEqual({
      kind: 'restart-policy',
      policy: { name: 'on-failure', max: 5 },
      postStop: ['cleanup'],
      autoRemove: true,
    });
    expect(actions['never']).toMatchObject({
      policy: { name: 'no' },
      postStop: undefined,
      autoRemove: false,
    });
    expect(actions['signed']).toMatchObject({ secret: 'another of some length' });
    expect(rules.at(-1)?.when).toEqual({ ...CONTAINERS, filters: { type: ['daemon'], event: ['gap'] } });
  });

  it('that does not exist is reported', () => {
    expect(() => readRules('/no/such/rules.yaml')).toThrow(
      /^\/no\/such\/rules\.yaml: cannot be read: ENOENT/,
    );
  });

  it('may have none', () => expect(parseRules('rules: []')).toEqual([]));
});

describe('every error is reported with its line and path, all at once', () => {
  it('in several rules', () => {
    const text = `rules:
  - name: heal it!
    wen: 3
    when:
      filter:
        - event=die
        - evnt=x
      name: [web, '[z']
    restart: { grace: 10x }
  - name: two
    run: 7
    retries: 1000`;
    expect(problems(text)).toEqual([
      'r.yaml:2: rules[0].name: invalid name "heal it!": 1 to 63 letters, digits, - and _',
      expect.stringMatching(/^r\.yaml:3: rules\[0\]\.wen: unknown key: known are name, when, run, /),
      expect.stringMatching(
        /^r\.yaml:5: rules\[0\]\.when\.filter: invalid filter "evnt=x": unknown filter "evnt" at position 0; did you mean event\? keys are /,
      ),
      expect.stringMatching(
        /^r\.yaml:8: rules\[0\]\.when\.name\[1\]: invalid name pattern "\[z": .* position 0/,
      ),
      'r.yaml:9: rules[0].restart.grace: invalid duration "10x": known are 90m, 1h30m, 1.5s, 300ms, 7d',
      'r.yaml:11: rules[1].run: must be a line for the shell, or a list of the program and its arguments',
      'r.yaml:12: rules[1].retries: must be 100 or less, not 1000',
    ]);
  });

  const one = (rest: string): string => `rules:\n  - name: a\n    ${rest}`;
  it.each([
    ['', /^r\.yaml:1: must be a mapping of keys to values, not null$/],
    ['- a', /^r\.yaml:1: must be a mapping/],
    ['rules: {}', /^r\.yaml:1: rules: must be a list, not \{\}$/],
    ['rulez: []\nrules: []', /^r\.yaml:1: rulez: unknown key: known are rules$/],
    ['rules:\n  - [a', /^r\.yaml:\d: not valid YAML: .*\]/],
    ['rules: []\nrules: []', /^r\.yaml:2: not valid YAML: Map keys must be unique$/],
    [
      'a: &a [1]\nb: &b [*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c]\nrules: [*d,*d]',
      /Excessive alias count/,
    ],
    ['#'.repeat(1024 * 1024 + 1), /1048577 characters, more than the 1048576/],
    ['rules:\n  - run: x', /^r\.yaml:2: rules\[0\]\.name: is missing: a text$/],
    [one('when: {}'), /^r\.yaml:2: rules\[0\]: does nothing: give it one of run, webhook/],
    [one('run: x\n    remove: true'), /^r\.yaml:4: rules\[0\]\.remove: is a second action, beside run/],
    [one('run: []'), /names no program/],
    [one('run: ""'), /must be a line for the shell/],
    [
      one('run: x\n  - name: a\n    run: y'),
      /^r\.yaml:4: rules\[1\]\.name: a is the name of an earlier rule/,
    ],
    [one('run: x\n    when: { times: 3 }'), /rules\[0\]\.when: times and within belong together/],
    [one('run: x\n    when: { times: 1.5, within: 1m }'), /when\.times: must be a whole number, not 1\.5$/],
    [one('run: x\n    when: { times: 1, within: 1m }'), /when\.times: must be 2 or more, not 1$/],
    [one('run: x\n    when: { times: 2, within: 0s }'), /within: invalid duration "0s": more than 0/],
    [one('run: x\n    when: { filter: type=tidings }'), /a rule cannot react to actions of rules/],
    [one('run: x\n    post-stop: y'), /post-stop: belongs to a restart-policy/],
    [one('restart: true\n    when: { filter: type=image }'), /only containers can be restarted or removed/],
    [one('restart: false'), /rules\[0\]\.restart: must be a mapping of keys to values, not false/],
    [one('restart-policy: sometimes'), /restart-policy: invalid restart policy "sometimes": known are no/],
    [one('restart-policy: no\n    when: { filter: event=die }'), /selects its events itself: .* event$/],
    [one('restart-policy: no\n    when: { filter: exitCode>0 }'), /leave out exitCode>$/],
    [one('restart-policy: no\n    when: { times: 2, within: 1s }'), /counts by itself/],
    [one('restart-policy: no\n    auto-remove: yes'), /auto-remove: must be true or false, not "yes"/],
    [one('webhook: ftp://x'), /webhook\.url: invalid URL "ftp:\/\/x"/],
    [one('webhook: http://me:secret@x/'), /holds a name or password/],
    [one('webhook: { url: "http://x", headers: { "a b": c } }'), /invalid header "a b"/],
    [one('webhook: { url: "http://x", headers: { Host: c } }'), /invalid header "Host"/],
    [one('webhook: { url: "http://x", headers: { a: "b\\nc" } }'), /invalid value of header a/],
    [one('webhook: { url: "http://x", secret: short }'), /secret too short: 5 characters/],
    [
      one('webhook: { url: "http://x", secret: { file: /no/such/file } }'),
      /secret: ENOENT.*\/no\/such\/file/,
    ],
    [
      one('webhook: { url: "http://x", secret: { env: TIDINGS_NO_SUCH } }'),
      /no environment variable TIDINGS_NO_/,
    ],
    [one('webhook: { url: "http://x", secret: { file: a, env: b } }'), /must be a text, \{file: /],
  ])('in %.70j', (text, expected) => {
    const found = problems(text);
    expect(found.join('\n')).toMatch(expected);
  });
});
