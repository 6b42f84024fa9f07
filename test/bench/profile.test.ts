import { describe, expect, it } from 'vitest';
import { sharesOf } from '../../bench/harness/profile.ts';

const node = (id: number, functionName: string, url = '') => ({
  id,
  callFrame: { functionName, url, lineNumber: 9 },
});

describe('sharesOf', () => {
  it('gives each function its own part of the time that was not idle, largest first', () => {
    const profile = {
      nodes: [
        node(1, '(idle)'),
        node(2, '(garbage collector)'),
        node(3, 'push', 'file:///x/ring.js'),
        // The same function below another.
        node(4, 'push', 'file:///x/ring.js'),
        node(5, '', 'file:///x/ring.js'),
      ],
      samples: [1, 2, 3, 4, 5, 1],
      timeDeltas: [500, 100, 200, 50, 50, 100],
    };
    expect(sharesOf(profile)).toEqual({
      shares: [
        ['push ring.js:10', 0.625],
        ['(garbage collector)', 0.25],
        ['(anonymous) ring.js:10', 0.125],
      ],
      busy: 400,
      total: 1000,
    });
  });
});
