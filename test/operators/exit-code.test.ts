import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../operators/exit-code.ts';

describe('the exit code of an event', () => {
  it.each<[Record<string, string>, number | undefined]>([
    [{ exitCode: '137' }, 137],
    [{ exitCode: '0' }, 0],
    [{ exitCode: '-1' }, -1],
    [{ containerExitCode: '2' }, 2],
    [{}, undefined],
    [{ exitCode: '' }, undefined],
    [{ exitCode: '1e3' }, undefined],
    [{ exitCode: '12345678901' }, undefined],
  ])('of %j is %s', (attributes, expected) => {
    expect(exitCodeOf(attributes)).toBe(expected);
  });
});
