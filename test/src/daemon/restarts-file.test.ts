import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RestartsFile, restartsIn } from '../../../src/daemon/restarts-file.ts';
import { type KeptRestarts, leftOf } from '../../../src/handlers/rules/kept-restarts.ts';
import { silent } from '../../../src/log.ts';
import { NO_RESTARTS } from '../../../src/restart-policy.ts';
import { event } from '../../support/events.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const kept: KeptRestarts = {
  event: { ...event({ action: 'die', attributes: { exitCode: '3' } }), seq: 7 },
  restarts: { ...NO_RESTARTS, count: 3, delay: 400, next: 'due', startedAt: 5n },
  due: 1_400_000_000n,
};

describe('the file of restarts', () => {
  it('has what was kept, for the next daemon', () => {
    const { scheduler, pass } = virtualTime();
    const path = restartsIn(join(stateDirectory(), 'data'));
    const open = (): RestartsFile => new RestartsFile(path, { log: silent, scheduler });
    const file = open();
    file.keep('rule', 'docker c1', kept);
    file.keep('rule', 'docker c2', kept);
    file.keep('other', 'docker c1', kept);
    pass(100);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(open().of('rule')).toEqual(
      new Map([
        ['docker c1', kept],
        ['docker c2', kept],
      ]),
    );
    file.keep('rule', 'docker c1', undefined);
    file.forget('other');
    file.close();
    expect(open().of('rule')).toEqual(new Map([['docker c2', kept]]));
    expect(open().of('other').size).toBe(0);
  });

  it('begins at 0 where the file is damaged', () => {
    const { scheduler } = virtualTime();
    const path = restartsIn(stateDirectory());
    const said: string[] = [];
    const log = { ...silent, error: (_: object, text: string) => void said.push(text) };
    for (const text of ['', '{', '{"rules":[{"rule":"a","containers":[["k",{}]]}]}']) {
      writeFileSync(path, text);
      expect(new RestartsFile(path, { log, scheduler }).of('a').size).toBe(0);
    }
    for (const text of said) expect(text).toMatch(/^the counts of restarts cannot be read, and begin at 0: /);
    expect(said).toHaveLength(3);
  });

  it('leaves out attributes that are large', () => {
    const { scheduler } = virtualTime();
    const path = restartsIn(stateDirectory());
    const file = new RestartsFile(path, { log: silent, scheduler });
    const attributes = { exitCode: '3', label: 'x'.repeat(100_000) };
    file.keep('rule', 'k', { ...kept, event: { ...kept.event, attributes } });
    file.close();
    expect(JSON.parse(readFileSync(path, 'utf8')).rules[0].containers[0][1].event.attributes).toEqual({
      exitCode: '3',
    });
  });
});

it.each([
  [0n, 400],
  [1_300_000_000n, 100],
  [1_400_000_000n, 0],
  [9_000_000_000n, 0],
])('a wait continues with its rest, at most its full length: at %d', (now, left) => {
  expect(leftOf(kept, now)).toBe(left);
});
