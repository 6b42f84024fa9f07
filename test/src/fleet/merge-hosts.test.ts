import { describe, expect, it } from 'vitest';
import { HostMerge } from '../../../src/fleet/merge-hosts.ts';
import { virtualTime } from '../../support/virtual-time.ts';

interface Entry {
  readonly host: string;
  /** Its number on its host. */
  readonly n: number;
  readonly timeNano: bigint;
}

const MS = 1_000_000n;

function merging(wait = 5000) {
  const time = virtualTime();
  const emitted: Entry[] = [];
  const overtaken: string[] = [];
  const room: string[] = [];
  const merge = new HostMerge<Entry>({
    ...{ wait, scheduler: time.scheduler },
    emit: (entry) => emitted.push(entry),
    onOvertaken: (host) => overtaken.push(host),
    onRoom: (host) => room.push(host),
  });
  const push = (host: string, n: number, at: number): void =>
    merge.push(host, { host, n, timeNano: BigInt(at) * MS });
  const texts = (): string[] => emitted.map(({ host, n }) => `${host}${n}`);
  return { time, merge, emitted, overtaken, room, push, texts };
}

describe('the merge of hosts', () => {
  it('orders the past of all hosts by time', () => {
    const { merge, push, texts } = merging();
    for (const host of ['a', 'b']) merge.join(host);
    push('a', 1, 10);
    push('a', 2, 30);
    expect(texts()).toEqual([]);
    push('b', 1, 20);
    expect(texts()).toEqual(['a1', 'b1']);
    merge.live('b');
    expect(texts()).toEqual(['a1', 'b1', 'a2']);
  });

  it('waits for a host that does not answer, but not for ever, and says which', () => {
    const { merge, push, texts, overtaken, time } = merging(1000);
    for (const host of ['a', 'b']) merge.join(host);
    time.pass(600);
    push('a', 1, 10);
    time.pass(300);
    expect(texts()).toEqual([]);
    time.pass(200);
    expect(overtaken).toEqual(['b']);
    expect(texts()).toEqual(['a1']);
    push('b', 1, 5);
    merge.live('a');
    expect(texts()).toEqual(['a1', 'b1']);
  });

  it('emits the waiting events of a host that leaves', () => {
    const { merge, push, texts } = merging();
    for (const host of ['a', 'b']) merge.join(host);
    push('b', 1, 20);
    merge.leave('a');
    expect(texts()).toEqual(['b1']);
    merge.leave('b');
    expect(merge.reads).toBe(false);
  });

  it('holds events back while it is paused, and tells hosts when they have room again', () => {
    const { merge, push, texts, room } = merging();
    merge.join('a');
    merge.pause(true);
    for (let n = 0; n < 256; n++) push('a', n, n);
    expect(merge.hasRoom('a')).toBe(false);
    expect(texts()).toEqual([]);
    merge.pause(false);
    expect(texts()).toHaveLength(256);
    expect(room).toEqual(['a']);
    expect(merge.waiting('a')).toBe(0);
  });
});
