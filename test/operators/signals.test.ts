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

  it('of real time are counted from the first and the last', () => {
    expect(['RTMIN', 'SIGRTMIN+3', 'rtmax', 'RTMAX-1'].map(signalNumber)).toEqual([34, 37, 64, 63]);
    expect(['RTMIN-1', 'RTMAX+1', 'RTMIN+99', 'RTMIN3'].map(signalNumber)).toEqual(Array(4).fill(undefined));
    expect([34, 37, 64].map(signalName)).toEqual(['SIGRTMIN', 'SIGRTMIN+3', 'SIGRTMIN+30']);
  });

  it('without a name are shown by number', () => {
    expect(signalName(32)).toBe('signal 32');
    expect(signalName(65)).toBe('signal 65');
    expect(signalName(0)).toBe('signal 0');
  });
});
