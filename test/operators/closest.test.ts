import { describe, expect, it } from 'vitest';
import { closest } from '../../operators/closest.ts';
import { ACTIONS } from '../../operators/words.ts';

describe('closest', () => {
  it.each([
    ['dei', 'die'],
    ['strat', 'start'],
    ['STOP', 'stop'],
    ['heatlh_status', 'health_status'],
    ['kil', 'kill'],
    ['destory', 'destroy'],
    ['ooom', 'oom'],
    ['die', 'die'],
    ['nonsense', undefined],
    ['', undefined],
    ['xyz', undefined],
  ])('finds for %j the action %j', (word, meant) => {
    expect(closest(word, ACTIONS)).toBe(meant);
  });
});
