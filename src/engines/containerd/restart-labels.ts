/**
 * Labels for containerd's own restarts: its restart monitor (`runtime/restart` in its source)
 * checks them every 10 seconds.
 */
import type { Attributes } from '../../event.ts';

const STATUS = 'containerd.io/restart.status';
const POLICY = 'containerd.io/restart.policy';
const STOPPED = 'containerd.io/restart.explicitly-stopped';

/** Tests if the restart monitor manages a container. */
export function isManaged(labels: Attributes): boolean {
  return labels[STATUS] !== undefined;
}

/** The policy in Docker's words; undefined if containerd does not restart the container. */
export function policyOf(labels: Attributes): string | undefined {
  if (labels[STATUS] !== 'running') return undefined;
  return labels[POLICY] ?? 'always';
}

/** Labels that make the restart monitor start a stopped container. */
export function startingLabels(labels: Attributes): Attributes {
  return { [STATUS]: 'running', ...(labels[STOPPED] === undefined ? {} : { [STOPPED]: 'false' }) };
}
