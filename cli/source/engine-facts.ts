/** Facts that only the engine has: the reason of a failed start, the output of checks, the log. */
import { catchError, firstValueFrom, map, of, type Observable, timeout, TimeoutError } from 'rxjs';
import type { Explanation } from '../../operators/explanation.ts';
import { engines } from '../../src/index.ts';
import { type EngineControl, whatHappened } from '../../src/internal.ts';
import type { EngineFacts } from '../render/explanation-text.ts';

/** Time limit for an engine on this machine: in ms. */
const PATIENCE = 3000;

/**
 * Asks the container's engine, with the user's own permissions.
 *
 * @param lines of the log: 0 for none
 */
export async function engineFacts(found: Explanation, lines: number): Promise<EngineFacts> {
  const wanted = lines > 0 || found.status === 'not-started' || (found.death?.failedChecks ?? 0) > 0;
  if (!wanted) return {};
  const control = controlOf(found);
  if (control === undefined) {
    return lines === 0 ? {} : { unasked: `${found.engine ?? 'this engine'} gives no access to logs` };
  }
  const inspected = await attempt(control.inspect(found.id), found);
  if ('unasked' in inspected) return inspected;
  if (inspected.value === undefined) return { unasked: `${found.engine} no longer has the container` };
  const { error, checks = [] } = inspected.value;
  // The engine keeps the newest few checks, which can be those of a later run.
  const { time } = found.death ?? {};
  const failed = checks.filter(
    (check) => check.exitCode !== 0 && (time === undefined || BigInt(check.time) <= BigInt(time)),
  );
  const facts: EngineFacts = {
    ...(error === undefined ? {} : { error }),
    ...(failed.length === 0 ? {} : { checks: failed }),
  };
  if (lines === 0) return facts;
  if (control.logs === undefined) return { ...facts, unasked: `${found.engine} gives no access to logs` };
  const log = await attempt(control.logs(found.id, lines), found);
  return 'unasked' in log ? { ...facts, ...log } : { ...facts, log: log.value };
}

function controlOf({ engine, endpoint }: Explanation): EngineControl | undefined {
  return endpoint === undefined
    ? undefined
    : engines.find(({ name }) => name === engine)?.control?.(endpoint);
}

type Attempt<T> = { readonly value: T } | { readonly unasked: string };

async function attempt<T>(question: Observable<T>, { endpoint = '' }: Explanation): Promise<Attempt<T>> {
  return await firstValueFrom(
    question.pipe(
      timeout(PATIENCE),
      map((value): Attempt<T> => ({ value })),
      catchError((error: unknown) => of<Attempt<T>>({ unasked: reasonOf(error, endpoint) })),
    ),
  );
}

function reasonOf(error: unknown, endpoint: string): string {
  if (error instanceof TimeoutError) return `no answer within ${PATIENCE / 1000} s from ${endpoint}`;
  return `${endpoint}: ${whatHappened(error, endpoint)[1]}`;
}
