import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { signalName, signalNumber } from '../../operators/signals.ts';

describe('signals', () => {
  it('have the numbers and names of this machine', () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      // Two names of one number.
      if (['SIGIOT', 'SIGPOLL', 'SIGUNUSED'].includes(name)) continue;
      expect(signalNumber(name)).toBe(number);
      expect(signalName(number)).toBe(name);
    }
  });

  it('are read with and without SIG, and as numbers', () => {
    for (const text of ['9', 'KILL', 'SIGKILL', 'sigkill', '09']) expect(signalNumber(text)).toBe(9);
    for (const text of ['', 'SIG', 'toString', '-9', '9x', '137']) {
      expect(signalNumber(text)).toBeUndefined();
    }
    expect(signalNumber(undefined)).toBeUndefined();
  });

  it('without a name are shown by number', () => {
    expect(signalName(37)).toBe('signal 37');
    expect(signalName(0)).toBe('signal 0');
  });
});
