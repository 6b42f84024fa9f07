/** The journal against a model: whatever is appended, crashes, is opened again, expires and is read. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { type Step, step, World } from './world.ts';

/** The clock set back, or forward, by a day. */
const clockStep = fc.constantFrom<Step>({ do: 'wait', ms: -86_400_000 }, { do: 'wait', ms: 86_400_000 });

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
  }, 60_000);

  it('does so whatever the clock does, and expires on', async () => {
    const steps = fc.array(fc.oneof({ weight: 5, arbitrary: step }, { weight: 1, arbitrary: clockStep }), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const world = new World();
        await world.open();
        for (const each of all) {
          await world.run(each);
          world.check();
        }
        // Far beyond anything that the clock ever said.
        await world.run({ do: 'wait', ms: 100 * 86_400_000 });
        await world.run({ do: 'restart' });
        world.checkAge();
        await world.end();
      }),
      { numRuns: 200 },
    );
  }, 60_000);

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
