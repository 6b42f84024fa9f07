/** The actions of rules, as attempts. */
import {
  concat,
  defer,
  EMPTY,
  map,
  mergeMap,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  type SchedulerLike,
  take,
  timeout,
} from 'rxjs';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { EngineControl } from '../../engines/control.ts';
import { type ContainerState, labelsOf } from '../../../operators/container-state.ts';
import { type EngineEvent, type IncomingEvent, isOfFifo } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { type CommandEnd, runCommand } from '../actions/command.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import { post, type WebhookTarget } from '../../delivery/webhook.ts';
import { environmentOf } from './environment.ts';
import type { Rule } from './rule.ts';
import type { Tools } from './task.ts';

/** Characters of a command's output in the log sentence; the log's fields hold all that is kept. */
const SAID = 200;

/** Runs a command: exit code 0 is success, and its output is logged. */
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
  const more = dropped === 0 ? '' : `; ${dropped} bytes of its output were not kept`;
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

/** Acts on the engine of an event. An engine that is connecting is waited for. */
export function onEngine(
  rule: Rule,
  { source }: EngineEvent,
  { control, ready = () => of(undefined), isComing = () => false, scheduler }: Tools,
  act: (engine: EngineControl) => Observable<Outcome>,
): Observable<Outcome> {
  const now = defer(() => {
    const engine = control(source);
    if (engine !== undefined) return act(engine);
    const detail = `tidings cannot act on ${source.engine}`;
    return of<Outcome>({ result: 'failed', detail, retry: false });
  });
  return defer(() => {
    const isEarly = control(source) === undefined && isComing(source);
    return isEarly
      ? ready(source).pipe(
          take(1),
          mergeMap(() => now),
        )
      : now;
  }).pipe(inTime(rule.timeout, scheduler));
}

/** Removes the container of an event. Reports it in place of an engine that does not. */
export function remove(
  engine: EngineControl,
  event: EngineEvent,
  force: boolean,
  { append, now }: Tools,
): Observable<Outcome> {
  const report = defer((): Observable<never> => {
    if (engine.reportsRemovals === false) append([removalOf(event, now())]);
    return EMPTY;
  });
  return doneAfter(concat(engine.remove(event.id, force), report), 'it was removed');
}

function removalOf({ type, id, name, attributes, source }: EngineEvent, timeNano: Instant): IncomingEvent {
  const { image } = attributes;
  const described = { ...labelsOf(attributes), ...(image === undefined ? {} : { image }) };
  const named = name === undefined ? {} : { name };
  return {
    ...{ timeNano, type, action: 'destroy', id, source },
    ...named,
    attributes: { ...described, ...named, reconciled: 'true' },
  };
}

/** Turns a completion into the outcome `done`. */
export function doneAfter(action: Observable<never>, detail: string): Observable<Outcome> {
  return concat(action, of<Outcome>({ result: 'done', detail, retry: false }));
}

/**
 * Checks that a container is down and stays down: `skipped` if it is removed, runs again, or its
 * engine restarts it.
 */
export function isDown(engine: EngineControl, event: EngineEvent): Observable<Outcome> {
  return engine.inspect(event.id).pipe(
    map((found): Outcome => {
      if (found === undefined) return skipped('it is gone');
      const { restartPolicy, state } = found;
      if (restartPolicy !== undefined) return skipped(`its engine restarts it by itself (${restartPolicy})`);
      const runs = state.state === 'running' || state.state === 'paused';
      if (runs && !hasEnded(state, event)) return skipped('it runs');
      return { result: 'done', detail: 'it is down', retry: false };
    }),
  );
}

/**
 * Tests whether an engine still lists a run whose end the FIFO reported: iSulad itself learns of it
 * from its own FIFO alone. A start would have been reported, too.
 */
function hasEnded({ pid }: ContainerState, event: EngineEvent): boolean {
  const { attributes } = event;
  if (!isOfFifo(event.source)) return false;
  return attributes['pid'] === undefined || attributes['pid'] === String(pid);
}

/** Continues only after success. */
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
