/** Tasks of a rule with an alert: a delivery for each message. */
import {
  catchError,
  defer,
  map,
  Observable,
  of,
  type OperatorFunction,
  type Subscription,
  tap,
  timeout,
} from 'rxjs';
import { later } from '../../../operators/later.ts';
import { HttpClient, judge, unanswered } from '../../delivery/http-post.ts';
import type { Outcome } from '../../delivery/outcome.ts';
import type { EngineEvent } from '../../event.ts';
import type { Rule } from '../rules/rule.ts';
import { ruleText } from '../rules/rule.ts';
import { select } from '../rules/select.ts';
import type { Task, Tools } from '../rules/task.ts';
import type { AlertMessage, AlertSettings } from './alert.ts';
import { presets } from './alert-presets.ts';
import { AlertTracker } from './alert-tracker.ts';
import { NO_ALERTS } from './kept-alerts.ts';

/**
 * Emits a task for each message. The state survives the daemon; messages without an acknowledgement
 * are sent again after its start.
 */
export function alertTasks(
  rule: Rule,
  settings: AlertSettings,
  tools: Tools,
): OperatorFunction<EngineEvent, Task> {
  return (events) =>
    new Observable((subscriber) => {
      const { scheduler, now, elapsed = process.hrtime.bigint, alerts = NO_ALERTS } = tools;
      const key = ruleText(rule);
      const tracker = new AlertTracker(settings, alerts.of(key));
      // Elapsed time, so that setting the clock has no effect.
      const [began, wall] = [elapsed(), Number(now() / 1_000_000n)];
      const clock = (): number => wall + Number((elapsed() - began) / 1_000_000n);
      let timer: Subscription | undefined;
      const keep = (): void => alerts.keep(key, () => tracker.state);
      const emit = (message: AlertMessage): void =>
        subscriber.next(
          taskOf(rule, settings, message, tools, () => {
            tracker.delivered(message.id);
            keep();
          }),
        );
      const turn = (): void => {
        for (const message of tracker.advance(clock())) emit(message);
        keep();
        timer?.unsubscribe();
        const { next } = tracker;
        if (next !== undefined) timer = later(turn, Math.max(1, next - clock()), scheduler);
      };
      subscriber.add(() => timer?.unsubscribe());
      for (const message of tracker.state.outbox) emit(message);
      turn();
      subscriber.add(
        events.pipe(select(rule.when)).subscribe({
          next: (event) => {
            tracker.take(event, clock());
            turn();
          },
          error: (error: unknown) => subscriber.error(error),
        }),
      );
    });
}

function taskOf(
  rule: Rule,
  settings: AlertSettings,
  message: AlertMessage,
  { scheduler, now }: Tools,
  delivered: () => void,
): Task {
  const { preset, target } = settings;
  const attempt = send(settings, message).pipe(
    timeout<Outcome, Observable<Outcome>>({
      first: rule.timeout,
      scheduler,
      with: () => of({ result: 'timeout', detail: `it took more than ${rule.timeout} ms`, retry: true }),
    }),
    // A receiver that refuses a message would refuse it again after a restart, too.
    tap(({ result, retry }) => (result === 'done' || !retry ? delivered() : undefined)),
  );
  const plan = `send ${preset} ${target.shown}: ${message.title}`;
  return { rule, event: eventOf(message, now()), kind: 'alert', plan, attempt, group: `alert ${rule.name}` };
}

/** Delivers a message once. */
function send({ preset, target }: AlertSettings, message: AlertMessage): Observable<Outcome> {
  return defer(() => {
    const { url = target.url, ...content } = presets[preset]?.(message, target) ?? { body: '', headers: {} };
    return new HttpClient({ ...target, url }).post(content);
  }).pipe(
    map((answer) => judge(answer)),
    catchError((error: unknown) => of(unanswered(error))),
  );
}

/** The event that the report of the rule is about: the first container of the message. */
function eventOf({ alerts: [first] }: AlertMessage, timeNano: bigint): EngineEvent {
  const { id = '', name = '', engine = 'tidings', image } = first ?? {};
  return {
    ...{ seq: 0, timeNano, type: 'container', action: first?.status ?? 'alert', id, name },
    ...{ attributes: image === undefined ? {} : { image }, source: { engine } },
  };
}
