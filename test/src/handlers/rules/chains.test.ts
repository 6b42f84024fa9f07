import { describe, expect, it } from 'vitest';
import { Chains } from '../../../../src/handlers/rules/chains.ts';

describe('chains', () => {
  it('continue with events during and soon after an action', () => {
    const chains = new Chains();
    const over = chains.begin('a', 5n, 10n);
    expect(chains.length('a', 9n)).toBe(0);
    expect(chains.length('a', 10n)).toBe(1);
    expect(chains.length('a', 1000n)).toBe(1);
    expect(chains.length('b', 10n)).toBe(0);
    over(30n);
    expect(chains.length('a', 30n)).toBe(1);
    expect(chains.length('a', 31n)).toBe(0);
    chains.begin('a', 30n, 40n)(50n);
    expect(chains.length('a', 50n)).toBe(2);
  });

  it('are over after a while, and start over', () => {
    const chains = new Chains();
    chains.begin('a', 5n, 10n)(20n);
    chains.begin('a', 21n, 22n)(30n);
    expect(chains.length('a', 30n)).toBe(1);
  });

  it('are neither lengthened nor ended by events from before their start', () => {
    const chains = new Chains();
    chains.begin('a', 5n, 10n)(20n);
    chains.begin('a', 6n, 15n)(25n);
    expect(chains.length('a', 24n)).toBe(1);
  });

  it('once cut, last as long as something happens', () => {
    const chains = new Chains();
    expect(chains.cut('a', 9n)).toBe(false);
    chains.begin('a', 5n, 10n)(20n);
    expect(chains.cut('a', 30n)).toBe(true);
    expect(chains.length('a', 30n)).toBe(1);
    expect(chains.cut('a', 40n)).toBe(false);
    expect(chains.length('a', 40n)).toBe(1);
    chains.begin('a', 41n, 41n)(50n);
    expect(chains.cut('a', 60n)).toBe(true);
  });

  it('are kept for 10,000 containers', () => {
    const chains = new Chains();
    for (let i = 0; i <= 10_000; i++) chains.begin(`c${i}`, 0n, 1n)(9n);
    expect(chains.length('c0', 5n)).toBe(0);
    expect(chains.length('c1', 5n)).toBe(1);
  });
});
