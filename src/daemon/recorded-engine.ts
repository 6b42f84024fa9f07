/** The engine that records of the monitor FIFO are about: iSulad, as soon as it is followed. */
import { catchError, defer, EMPTY, type Subscription, timeout } from 'rxjs';
import { dropOldest } from '../../operators/drop-oldest.ts';
import { type EventSource, type IncomingEvent, OwnEvent } from '../event.ts';
import type { DaemonState } from './part.ts';

/** iSulad's ids. */
const ID = /^[0-9a-f]{64}$/;

/** Questions for descriptions at a time, the time limit of each in ms, and ids that were asked for. */
const AT_ONCE = 16;
const WITHIN = 5000;
const ASKED = 10_000;

/**
 * Gives events of the FIFO the identity of the iSulad that has listed its containers, so that its state, its control and
 * its names are theirs too. They keep the FIFO as their endpoint. A container that is not known yet is asked for.
 */
export class RecordedEngine {
  readonly #daemon: DaemonState;
  readonly #listed: Subscription | undefined;
  readonly #engines = new Map<string, EventSource>();
  readonly #asked = new Map<string, true>();
  /** By engine, one object for all events. */
  readonly #sources = new WeakMap<EventSource, EventSource>();
  #asking = 0;

  constructor(daemon: DaemonState) {
    this.#daemon = daemon;
    this.#listed = daemon.containers?.listed.subscribe(({ source }) => {
      if (source.engine === 'isulad') this.#engines.set(source.id ?? source.endpoint ?? '', source);
    });
  }

  /** The events as their engine's. */
  adoptAll(events: readonly IncomingEvent[]): readonly IncomingEvent[] {
    return this.#engines.size === 0 ? events : events.map((event) => this.#adopt(event));
  }

  /** The event as its engine's; the same event if that is not known. */
  #adopt(event: IncomingEvent): IncomingEvent {
    if (event.type !== 'container' || event.source.engine !== 'monitor') return event;
    const engine = this.#engineOf(event.id);
    if (engine === undefined) return event;
    if (!this.#isDescribed(event.id, engine)) this.#ask(event.id, engine);
    const source = this.#sources.get(engine) ?? { ...engine, endpoint: event.source.endpoint ?? '' };
    this.#sources.set(engine, source);
    return new OwnEvent({ ...event, source });
  }

  close(): void {
    this.#listed?.unsubscribe();
  }

  /**
   * With several iSulads, or processes that are run as containers, only a known container
   * identifies the engine.
   */
  #engineOf(id: string): EventSource | undefined {
    for (const engine of this.#engines.values()) if (this.#isDescribed(id, engine)) return engine;
    const [only] = this.#engines.values();
    const isSure = this.#engines.size === 1 && !this.#daemon.engines.has('process');
    return isSure && ID.test(id) ? only : undefined;
  }

  #isDescribed(id: string, { engine, id: engineId }: EventSource): boolean {
    return this.#daemon.descriptions.has({ id, engine, engineId });
  }

  #ask(id: string, source: EventSource): void {
    const { containers, descriptions, scheduler } = this.#daemon;
    const control = containers?.control(source);
    if (control === undefined || this.#asked.has(id) || this.#asking >= AT_ONCE) return;
    this.#asked.set(id, true);
    if (this.#asked.size > ASKED) dropOldest(this.#asked);
    this.#asking++;
    defer(() => control.inspect(id))
      .pipe(
        timeout({ first: WITHIN, scheduler }),
        catchError(() => EMPTY),
      )
      .subscribe((found) => {
        const { id: engineId } = source;
        if (found !== undefined)
          descriptions.learn(engineId === undefined ? found.state : { ...found.state, engineId });
      })
      .add(() => this.#asking--);
  }
}
