import fc from 'fast-check';
import { describe, it } from 'vitest';
import { properties } from './properties.ts';

describe('the journal', () => {
  it.each(Object.entries(properties))('%s', async (_, property) => {
    await fc.assert(property, { numRuns: 50 });
  });
});
