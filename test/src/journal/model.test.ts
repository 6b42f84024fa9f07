/** The journal against a model: whatever is appended, crashes, is opened again, expires and is read. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { step, World } from './world.ts';

describe('the journal', () => {
  it('loses nothing that was acknowledged, repeats nothing, and never gives a number twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const world = new World();
        await world.open();
        for (const each of steps) {
          await world.run(each);
          world.check();
        }
        await world.end();
      }),
      { numRuns: 200 },
    );
  });

  it('keeps nothing longer than it may', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const world = new World();
        await world.open();
        for (const each of steps) await world.run(each);
        await world.run({ do: 'restart' });
        world.checkAge();
        await world.end();
      }),
      { numRuns: 100 },
    );
  });
});
