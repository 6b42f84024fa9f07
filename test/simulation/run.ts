/** One seed: the world for a while, then in peace, and what must hold. */
import { checkArchive, checkCursors } from './checks/archive.ts';
import { checkBounds } from './checks/bounds.ts';
import { checkReaders } from './checks/readers.ts';
import { checkRules } from './checks/rules.ts';
import { checkSources } from './checks/sources.ts';
import { checkFold, checkStates } from './checks/states.ts';
import { checkSubscribers } from './checks/subscribers.ts';
import { describe, OWN, type Plan, type Violation, World } from './world.ts';
import { Process } from './machine/machine.ts';

export interface Result {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  /** Virtual time of the first violation: in minutes. */
  readonly failedAt: number | undefined;
  readonly lines: readonly string[];
  readonly digest: number;
  readonly steps: number;
  readonly events: number;
  readonly counts: ReadonlyMap<string, number>;
}

const MINUTE = 60e6;
/** Time without faults before the checks: in minutes. The daemon checks a silent stream after one. */
const PEACE = 1.5;

/** Steps after which a seed has got stuck. */
const MOST_STEPS = 100_000;

/** Steps between two looks at what is bounded. */
const LOOK = 50;

export async function run(plan: Plan): Promise<Result> {
  const world = new World(plan);
  const { machine, truth } = world;
  let failedAt: number | undefined;
  const pass = async (until: number): Promise<void> => {
    while (machine.now < until && world.violations.length === 0 && (await machine.step())) {
      if (machine.steps % LOOK === 0) checkBounds(world);
      if (machine.steps > MOST_STEPS) world.violate('the simulation ends', 'too many steps');
    }
    if (world.violations.length > 0) failedAt ??= machine.now / MINUTE;
  };
  const rejected = (error: unknown): void => world.violate('every error is caught', describe(error));
  globalThis.process.on('unhandledRejection', rejected);
  world.onStarted = ({ daemon, process }) => {
    if (daemon === undefined) return;
    machine.as(process, () => checkCursors(world, daemon.collector, checkArchive(world, daemon.collector)));
  };
  try {
    world.begin();
    await pass(plan.minutes * MINUTE);
    world.repair();
    await pass((plan.minutes + PEACE) * MINUTE);
    if (world.violations.length === 0) await conclude(world, pass);
  } catch (error) {
    world.violate('the simulation ends', describe(error));
  } finally {
    globalThis.process.off('unhandledRejection', rejected);
  }
  return {
    ...{
      plan,
      violations: world.violations,
      failedAt,
      lines: world.trace.lines,
      digest: world.trace.digest >>> 0,
    },
    ...{ steps: machine.steps, events: truth.known.size, counts: world.counts },
  };
}

/** Compares all at the end, then ends the daemon. */
async function conclude(world: World, pass: (until: number) => Promise<void>): Promise<void> {
  const { machine, life } = world;
  const { daemon } = life ?? {};
  if (life === undefined || daemon === undefined)
    return world.violate('the daemon runs in the end', 'it does not');
  machine.as(life.process, () => {
    const archived = checkArchive(world, daemon.collector);
    checkReaders(world, archived);
    checkSubscribers(world);
    checkSources(world, archived);
    checkStates(world, daemon.containers);
    checkRules(world);
  });
  if (world.violations.length > 0) return;
  for (const reader of world.readers) if (reader.ended === undefined) reader.leave();
  for (const subscriber of world.subscribers) machine.as(life.process, () => subscriber.leave());
  await pass(machine.now + 5e6);
  const { subscriptions } = daemon.collector.status;
  if (subscriptions !== OWN) {
    world.violate(
      'clients that are gone hold nothing',
      `${subscriptions} subscriptions, ${OWN} are the daemon's`,
    );
  }
  world.stopDaemon();
  await pass(machine.now + 5e6);
  const viewer = new Process('viewer');
  const checked = { is: false };
  machine.start(viewer, () => void checkFolded(world, checked));
  while (!checked.is && (await machine.step()));
}

async function checkFolded(world: World, checked: { is: boolean }): Promise<void> {
  try {
    await checkFold(world);
  } catch (error) {
    world.violate('a journal can be read', describe(error));
  }
  checked.is = true;
}
