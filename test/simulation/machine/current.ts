/** The machine on which the simulated code runs now. */
import type { Disk } from './disk.ts';
import type { Machine } from './machine.ts';
import type { Network } from './network.ts';

export interface Host {
  readonly machine: Machine;
  readonly disk: Disk;
  readonly network: Network;
}

let current: Host | undefined;

/** @throws Error outside of a simulation */
export function host(): Host {
  if (current === undefined) throw new Error('simulated code runs outside of a simulation');
  return current;
}

/** The same, or undefined while modules are loaded. */
export function hostIfAny(): Host | undefined {
  return current;
}

export function setHost(next: Host | undefined): void {
  current = next;
}
