import { describe, expect, it } from 'vitest';
import { ClientMemory } from '../../../src/server/client-memory.ts';

const client = (name: string, cut: string[]) => ({ cutOff: () => void cut.push(name) });

describe('ClientMemory', () => {
  it('counts memory of several clients once, as long as one of them holds it', () => {
    const memory = new ClientMemory(1000);
    const [a, b] = [client('a', []), client('b', [])];
    const shared = new ArrayBuffer(400);
    memory.hold(a, shared);
    memory.hold(b, shared);
    expect(memory.bytes).toBe(400);
    memory.release(a);
    memory.release(a);
    expect(memory.bytes).toBe(400);
    memory.hold(b, new ArrayBuffer(100));
    expect(memory.bytes).toBe(100);
  });

  it('cuts off the one that has taken nothing for longest, and never the only one', () => {
    const cut: string[] = [];
    const memory = new ClientMemory(1000);
    const [a, b, c] = [client('a', cut), client('b', cut), client('c', cut)];
    memory.hold(a, new ArrayBuffer(5000));
    expect(cut).toEqual([]);
    memory.hold(b, new ArrayBuffer(400));
    expect(cut).toEqual(['a']);
    memory.hold(c, new ArrayBuffer(400));
    memory.hold(b, new ArrayBuffer(500));
    memory.hold(a, new ArrayBuffer(400));
    expect(cut).toEqual(['a', 'c']);
    expect(memory).toMatchObject({ bytes: 900, cutOff: 2 });
  });
});
