/** Tests fail on stray console output: nothing in the product writes there. */
import { afterEach, beforeEach, expect, vi } from 'vitest';

const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;

beforeEach(() => {
  for (const method of methods) vi.spyOn(console, method);
});

afterEach(() => {
  for (const method of methods) {
    const spy = vi.mocked(console[method]);
    const calls = spy.mock?.calls ?? [];
    spy.mockRestore();
    // oxlint-disable-next-line vitest/no-standalone-expect -- runs inside every test
    expect(calls, `console.${method} was called`).toEqual([]);
  }
});
