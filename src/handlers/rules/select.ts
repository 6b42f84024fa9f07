/** Which events a rule is about. */
import { type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { byFilters } from '../../../operators/byFilters.ts';
import { byName } from '../../../operators/byName.ts';
import { timesWithin } from '../../../operators/timesWithin.ts';
import type { EngineEvent } from '../../event.ts';
import type { When } from './rule.ts';

/** Lets through what a rule's `when` asks for: names, filters, and how often. */
export function select({ name, filters, often }: When): MonoTypeOperatorFunction<EngineEvent> {
  const steps: MonoTypeOperatorFunction<EngineEvent>[] = [];
  if (name.length > 0) steps.push(byName(name));
  steps.push(byFilters(filters));
  if (often !== undefined) steps.push(timesWithin(often.times, Number(often.within) / 1e6));
  return (events) => steps.reduce((source: Observable<EngineEvent>, step) => source.pipe(step), events);
}
