/** Ranks containers by their need for attention. */
import type { ContainerState } from '../../operators/container-state.ts';
import type { Death } from '../../operators/explain.ts';

/** A death counts as recent for an hour; ms. */
const RECENT = 3_600_000;

/**
 * The rank of a container, the highest first: unhealthy or ended with a failure; then a recent
 * alarming death; then restarts; then running; then the rest. Below 2: no trouble.
 *
 * @param now ms since the Unix epoch
 */
export function troubleOf(
  { state, health, restarts, stopRequested, exitCode }: ContainerState,
  death: Pick<Death<{ readonly at: number }>, 'alarming' | 'event' | 'cause'> | undefined,
  now: number,
): number {
  const isUp = state === 'running' || state === 'paused';
  const failed = !isUp && stopRequested === undefined && (exitCode ?? 0) !== 0;
  if (state === 'dead' || state === 'restarting') return 7;
  if (failed) return 6 + (death?.cause === 'out-of-memory' ? 0.5 : 0);
  if (isUp && health === 'unhealthy') return 5;
  if (death?.alarming === true && now - death.event.at < RECENT) return 4;
  if (state === 'paused') return 3;
  if (restarts > 0) return 1.5 + Math.min(restarts, 100) / 1000;
  return isUp ? 1 : 0;
}
