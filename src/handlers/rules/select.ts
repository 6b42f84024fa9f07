/** Selects the events that match a rule. */
import { type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { byFilters } from '../../../operators/byFilters.ts';
import { byName } from '../../../operators/byName.ts';
import { timesWithin } from '../../../operators/timesWithin.ts';
import type { EngineEvent } from '../../event.ts';
import type { When } from './rule.ts';

/** Selects the events that match `when`: names, filters, and frequency. */
export function select({ name, filters, often }: When): MonoTypeOperatorFunction<EngineEvent> {
  const steps: MonoTypeOperatorFunction<EngineEvent>[] = [];
  if (name.length > 0) steps.push(byName(name));
  steps.push(byFilters(filters));
  if (often !== undefined) steps.push(timesWithin(often.times, Number(often.within) / 1e6));
  return (events) => steps.reduce((source: Observable<EngineEvent>, step) => source.pipe(step), events);
}
