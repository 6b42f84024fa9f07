import fc from 'fast-check';
import { describe, it } from 'vitest';
import { properties } from './properties.ts';

describe('the journal, in many runs', () => {
  it.each(Object.entries(properties))('%s', { timeout: 600_000 }, async (_, property) => {
    await fc.assert(property, { numRuns: 1000 });
  });
});
