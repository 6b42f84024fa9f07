import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Connections, freeDescriptors } from '../../../src/server/connections.ts';
import { Limits } from '../../../src/server/client-limits.ts';

const socket = (destroyed = false): Socket =>
  Object.assign(new EventEmitter(), { destroyed }) as unknown as Socket;

describe('Connections', () => {
  it('gives so many places, and takes them back', () => {
    const limits = new Limits({ connections: 2 });
    const connections = new Connections(limits);
    const first = socket();
    expect([connections.take(first), connections.take(socket()), connections.take(socket())]).toEqual([
      ...[true, true, false],
    ]);
    first.emit('close');
    expect(connections.open).toBe(1);
    expect(connections.take(socket())).toBe(true);
    expect([...limits.status()].find(({ name }) => name === 'connections')?.refused).toBe(1);
  });

  it('gives none to a socket that has closed', () => {
    const connections = new Connections(new Limits());
    expect(connections.take(socket(true))).toBe(true);
    expect(connections.open).toBe(0);
  });
});

describe('freeDescriptors', () => {
  it('leaves some to the daemon itself', () => {
    const limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1]);
    const free = freeDescriptors();
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThanOrEqual(limit - 16);
  });
});
