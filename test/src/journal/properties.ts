/** Properties of the journal against a model: events are appended, expire and are read; it crashes and opens again. */
import fc from 'fast-check';
import { type Step, step, World } from './world.ts';

const steps = fc.array(step, { maxLength: 20 });

/** The clock set back, or forward, by a day. */
const clockStep = fc.constantFrom<Step>({ do: 'wait', ms: -86_400_000 }, { do: 'wait', ms: 86_400_000 });

/** The properties, by name. */
export const properties: Readonly<Record<string, fc.IAsyncProperty<[Step[]]>>> = {
  'loses nothing that was acknowledged, repeats nothing, and never gives a number twice': fc.asyncProperty(
    steps,
    async (all) => {
      const world = new World();
      await world.open();
      for (const each of all) {
        await world.run(each);
        world.check();
      }
      await world.end();
    },
  ),

  'does so whatever the clock does, and expires on': fc.asyncProperty(
    fc.array(fc.oneof({ weight: 5, arbitrary: step }, { weight: 1, arbitrary: clockStep }), {
      maxLength: 20,
    }),
    async (all) => {
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
    },
  ),

  'keeps nothing longer than it may': fc.asyncProperty(steps, async (all) => {
    const world = new World();
    await world.open();
    for (const each of all) await world.run(each);
    await world.run({ do: 'restart' });
    world.checkAge();
    await world.end();
  }),
};
