/** Makes a failure shorter: less time and fewer kinds of faults, as long as the same invariant fails. */
import { FAULT_NAMES } from './faults.ts';
import { type Result, run } from './run.ts';

/** Runs that are tried. */
const TRIES = 40;

export async function shrink(failed: Result): Promise<Result> {
  let best = failed;
  let left = TRIES;
  const attempt = async (plan: Result['plan']): Promise<boolean> => {
    if (left-- <= 0) return false;
    const result = await run(plan);
    const isSame = result.violations[0]?.invariant === failed.violations[0]?.invariant;
    if (isSame) best = result;
    return isSame;
  };
  for (const fault of FAULT_NAMES) {
    if (!best.counts.has(fault)) continue;
    await attempt({ ...best.plan, without: new Set([...best.plan.without, fault]) });
  }
  for (let minutes = best.plan.minutes / 2; minutes > 0.02; minutes /= 2)
    if (!(await attempt({ ...best.plan, minutes: Number(minutes.toFixed(3)) }))) break;
  return best;
}
