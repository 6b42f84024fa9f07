/** The kinds of faults: each seed draws some of them, which then happen now and then. */
import type { Disk } from './machine/disk.ts';
import type { Machine } from './machine/machine.ts';
import type { Docker } from './outside/docker.ts';
import type { Receiver } from './outside/receiver.ts';
import type { Sender } from './outside/sender.ts';
import type { Random } from './random.ts';

/** The part of the world that faults act on. */
export interface Victim {
  readonly random: Random;
  readonly machine: Machine;
  readonly disk: Disk;
  readonly sender: Sender;
  readonly receiver: Receiver;
  anyEngine(): Docker;
  stopDaemon(): void;
  killDaemon(): void;
  killInCall(): void;
  cutPower(): void;
  cutPowerInCall(): void;
  fillDisk(isFull: boolean): void;
  flipBit(): void;
  restartEngine(): void;
  muteEngine(): void;
  flood(): void;
  pauseReader(): void;
  replaceReader(): void;
  hastyReader(): void;
  /** A state that ends by itself. @param mean in ms */
  forAWhile(mean: number, set: (is: boolean) => void): void;
}

/** Kinds that concern the daemon and its machine. The name is counted and printed. */
export const FAULTS: Readonly<Record<string, (world: Victim) => unknown>> = {
  stop: (world) => world.stopDaemon(),
  kill: (world) => world.killDaemon(),
  'kill in a call': (world) => world.killInCall(),
  'power cut': (world) => world.cutPower(),
  'power cut in a call': (world) => world.cutPowerInCall(),
  'disk full': (world) => world.forAWhile(4000, (is) => world.fillDisk(is)),
  'disk slow': (world) =>
    world.forAWhile(5000, (is) => (world.disk.latency = is ? world.random.pick([30, 300, 2000]) : 1)),
  'write fails': (world) => world.forAWhile(2000, (is) => (world.disk.writeFailures = is ? 0.3 : 0)),
  'sync fails': (world) => world.forAWhile(2000, (is) => (world.disk.syncFailures = is ? 0.3 : 0)),
  'bit flip': (world) => world.flipBit(),
  'clock set': (world) =>
    (world.machine.set += world.random.pick([-86_400_000, -3_600_000, -1500, 1500, 3_600_000])),
  'engine clock set': (world) =>
    (world.anyEngine().clock += world.random.pick([-3_600_000, -1500, 1500, 3_600_000])),
  'engine cuts': (world) => world.anyEngine().cut(),
  'engine restarts': (world) => world.restartEngine(),
  'engine is mute': (world) => world.muteEngine(),
  'engine refuses': (world) => {
    const engine = world.anyEngine();
    world.forAWhile(3000, (is) => (engine.refuses = is ? 0.5 : 0));
  },
  'engine slips': (world) => {
    const engine = world.anyEngine();
    world.forAWhile(10_000, (is) => (engine.slips = is ? 0.4 : 0));
  },
  'engine garbles': (world) => {
    const engine = world.anyEngine();
    world.forAWhile(3000, (is) => (engine.garbles = is ? 0.05 : 0));
  },
  'engine floods': (world) => world.flood(),
  'reader pauses': (world) => world.pauseReader(),
  'reader leaves': (world) => world.replaceReader(),
  'reader is hasty': (world) => world.hastyReader(),
  'FIFO has garbage': (world) => world.sender.sendGarbage(),
  'receiver fails': (world) => world.forAWhile(5000, (is) => (world.receiver.failures = is ? 0.5 : 0)),
};

/** Faults that end the daemon. */
const RESTARTS: ReadonlySet<string> = new Set([
  ...['stop', 'kill', 'kill in a call', 'power cut', 'power cut in a call'],
]);

/** Faults that need a daemon that syncs: only what is synced outlives the machine. */
export const NEEDS_SYNC: ReadonlySet<string> = new Set(['power cut', 'power cut in a call']);

export const FAULT_NAMES: readonly string[] = Object.keys(FAULTS);

/** Mean wait between two faults of a kind: in ms. Restarts are rarer than the rest, so that other things happen in between. */
export function meanWait(fault: string): number {
  if (RESTARTS.has(fault)) return 40_000;
  return fault === 'engine floods' ? 30_000 : 15_000;
}
