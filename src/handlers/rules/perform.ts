/** What a rule does, as attempts. */
import {
  concat,
  defer,
  map,
  mergeMap,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  type SchedulerLike,
  timeout,
} from 'rxjs';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { EngineControl } from '../../engines/control.ts';
import type { EngineEvent } from '../../event.ts';
import { type CommandEnd, runCommand } from '../actions/command.ts';
import type { Outcome } from '../actions/outcome.ts';
import { post, type WebhookTarget } from '../actions/webhook.ts';
import { environmentOf } from './environment.ts';
import type { Rule } from './rule.ts';
import type { Tools } from './task.ts';

/** As much of what a command prints as stands in a sentence; all that is kept is in the fields: in characters. */
const SAID = 200;

/** Runs a command: exit code 0 is success, and what it prints is logged. */
export function run(
  command: readonly string[],
  rule: Rule,
  event: EngineEvent,
  { cursorOf, log, scheduler }: Tools,
): Observable<Outcome> {
  return defer(() => {
    const cursor = cursorOf(event);
    const input = `${encodeEvent(event, cursor)}\n`;
    const env = environmentOf(event, rule.name, cursor);
    return runCommand(command, { input, env, timeout: rule.timeout, scheduler }).pipe(
      map((end) => {
        const { output, dropped } = end;
        if (output !== '' || dropped > 0) {
          log.info(
            { rule: rule.name, id: event.id, output, dropped },
            `rule ${rule.name}: its command printed ${JSON.stringify(output.slice(0, SAID))}`,
          );
        }
        return judged(end, rule.timeout);
      }),
    );
  });
}

function judged({ exitCode, signal, timedOut, dropped }: CommandEnd, timeout: number): Outcome {
  const more = dropped === 0 ? '' : `; of what it printed, ${dropped} bytes were not kept`;
  if (timedOut) {
    return { result: 'timeout', detail: `it was ended after ${timeout} ms${more}`, exitCode, retry: true };
  }
  if (exitCode === undefined) {
    return { result: 'failed', detail: `${signal ?? 'a signal'} ended it${more}`, retry: true };
  }
  const detail = `it ended with exit code ${exitCode}${more}`;
  return { result: exitCode === 0 ? 'done' : 'failed', detail, exitCode, retry: true };
}

/** Posts the event. */
export function deliver(
  target: WebhookTarget,
  rule: Rule,
  event: EngineEvent,
  { cursorOf, now, scheduler }: Tools,
): Observable<Outcome> {
  return defer(() => {
    const cursor = cursorOf(event);
    const timestamp = Number(now() / 1_000_000_000n);
    return post(target, { id: `${cursor}/${rule.name}`, timestamp, body: encodeEvent(event, cursor) });
  }).pipe(inTime(rule.timeout, scheduler));
}

/** Has the engine of an event do something. */
export function onEngine(
  rule: Rule,
  { source }: EngineEvent,
  { control, scheduler }: Tools,
  act: (engine: EngineControl) => Observable<Outcome>,
): Observable<Outcome> {
  return defer(() => {
    const engine = control(source);
    if (engine !== undefined) return act(engine);
    const detail = `nobody here knows how to act on ${source.engine}`;
    return of<Outcome>({ result: 'failed', detail, retry: false });
  }).pipe(inTime(rule.timeout, scheduler));
}

/** An action that is done when it completes. */
export function doneAfter(action: Observable<never>, detail: string): Observable<Outcome> {
  return concat(action, of<Outcome>({ result: 'done', detail, retry: false }));
}

/**
 * Whether a container has ended and is for us to care about: `skipped` when it is gone, runs again, or its engine restarts it
 * by itself.
 */
export function isDown(engine: EngineControl, id: string): Observable<Outcome> {
  return engine.inspect(id).pipe(
    map((found): Outcome => {
      if (found === undefined) return skipped('it is gone');
      const { restartPolicy, state } = found;
      if (restartPolicy !== undefined) return skipped(`its engine restarts it by itself (${restartPolicy})`);
      if (state.state === 'running' || state.state === 'paused') return skipped('it runs');
      return { result: 'done', detail: 'it is down', retry: false };
    }),
  );
}

/** Goes on only after success. */
export function ifDone(first: Observable<Outcome>, next: Observable<Outcome>): Observable<Outcome> {
  return first.pipe(mergeMap((outcome) => (outcome.result === 'done' ? next : of(outcome))));
}

const skipped = (detail: string): Outcome => ({ result: 'skipped', detail, retry: false });

function inTime(limit: number, scheduler: SchedulerLike): MonoTypeOperatorFunction<Outcome> {
  return timeout<Outcome, Observable<Outcome>>({
    first: limit,
    scheduler,
    with: () => of({ result: 'timeout', detail: `it took more than ${limit} ms`, retry: true }),
  });
}
