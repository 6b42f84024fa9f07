import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Unauthorized } from '../../../../src/server/http/unauthorized.ts';

class FakeSocket extends EventEmitter {
  destroyed = false;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number;

  constructor(remoteAddress: string | undefined, remotePort: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  destroy(): this {
    if (!this.destroyed) {
      this.destroyed = true;
      this.emit('close');
    }
    return this;
  }
}

interface Scene {
  readonly scheduler: VirtualTimeScheduler;
  readonly unauthorized: Unauthorized;
  readonly refused: () => number;
  connect(address: string | undefined, port: number): FakeSocket;
}

function scene(most: number): Scene {
  const scheduler = new VirtualTimeScheduler();
  let refused = 0;
  const unauthorized = new Unauthorized({ most, within: 1000, scheduler, onRefused: () => refused++ });
  return {
    scheduler,
    unauthorized,
    refused: () => refused,
    connect: (address, port) => {
      const socket = new FakeSocket(address, port);
      unauthorized.add(socket as unknown as Socket);
      return socket;
    },
  };
}

describe('Unauthorized', () => {
  it('closes one that stays too long, and leaves one that has passed', () => {
    const { scheduler, unauthorized, connect } = scene(10);
    const slow = connect('10.0.0.1', 1);
    const known = connect('10.0.0.1', 2);
    expect(unauthorized.pass({ remoteAddress: '10.0.0.1', remotePort: 2 })).toBe(known);
    expect(unauthorized.pass({ remoteAddress: '10.0.0.1', remotePort: 2 })).toBeUndefined();
    scheduler.maxFrames = 999;
    scheduler.flush();
    expect(slow.destroyed).toBe(false);
    scheduler.maxFrames = 1000;
    scheduler.flush();
    expect([slow.destroyed, known.destroyed, unauthorized.size]).toEqual([true, false, 0]);
  });

  it('closes the oldest of the network that has most when all places are taken', () => {
    const { unauthorized, connect, refused } = scene(4);
    const other = connect('10.0.0.2', 1);
    const flood = [1, 2, 3, 4, 5].map((port) => connect('10.0.0.1', port));
    const late = connect('10.0.0.3', 1);
    expect(flood.map(({ destroyed }) => destroyed)).toEqual([true, true, true, false, false]);
    expect([other.destroyed, late.destroyed, unauthorized.size, refused()]).toEqual([false, false, 4, 3]);
  });

  it('takes all addresses of one host for one network', () => {
    const { connect } = scene(3);
    const other = connect('10.0.0.1', 1);
    const host = [
      connect('2001:db8:1:2::1', 1),
      connect('2001:db8:1:2:ffff::', 2),
      connect('2001:0db8:1:2:3:4:5:6'.replace('0db8', 'db8'), 3),
    ];
    const mapped = connect('::ffff:10.0.0.9', 1);
    expect(host.map(({ destroyed }) => destroyed)).toEqual([true, true, false]);
    expect([other.destroyed, mapped.destroyed]).toEqual([false, false]);
  });

  it('keeps nothing of one that is gone, even before it came', () => {
    const { scheduler, unauthorized, connect } = scene(3);
    connect('10.0.0.1', 1).destroy();
    expect(unauthorized.size).toBe(0);
    expect(connect(undefined, 2).destroyed).toBe(true);
    expect(unauthorized.size).toBe(0);
    expect(scheduler.actions).toEqual([]);
    // The same port again, before the first socket of it has said that it is closed.
    const first = connect('10.0.0.1', 3);
    const second = connect('10.0.0.1', 3);
    first.destroy();
    expect(unauthorized.pass({ remoteAddress: '10.0.0.1', remotePort: 3 })).toBe(second);
  });
});
