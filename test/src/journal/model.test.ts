import fc from 'fast-check';
import { describe, it } from 'vitest';
import { properties } from './properties.ts';
import type { Step } from './world.ts';

/** Steps that failed once. */
const FOUND: [Step[]][] = [
  // A power cut tore the mark of the given numbers, and a kill followed before it was written again.
  [[{ do: 'append', count: 1, slips: [0] }, { do: 'crash', bytes: 1 }, { do: 'kill' }]],
];

describe('the journal', () => {
  it.each(Object.entries(properties))('%s', async (_, property) => {
    await fc.assert(property, { numRuns: 50, examples: FOUND });
  });
});
