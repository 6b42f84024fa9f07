/**
 * Setup of every test: no settings of the user, and no stray console output, as the product never
 * writes there.
 */
import { afterEach, beforeEach, expect, vi } from 'vitest';

for (const name of Object.keys(process.env)) if (name.startsWith('TIDINGS_')) delete process.env[name];

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
