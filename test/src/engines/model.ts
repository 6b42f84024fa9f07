/**
 * An engine that keeps its newest events in memory, as Docker does, without a wire: for tests in
 * virtual time.
 */
import { concat, defer, type Observable, of, Subject, throwError } from 'rxjs';
import type { EventSource, IncomingEvent } from '../../../src/event.ts';
import type { Engine, Position, Received, Session } from '../../../src/engines/engine.ts';
import { keyOf } from '../../../src/engines/received.ts';
import { event } from '../../support/events.ts';

export const HOLDS = 256;

export const source: EventSource = { engine: 'model', endpoint: 'unix:///d' };

/** The n-th event ever published, 0 …, as it is received. */
export function numbered(n: number, timeNano: bigint = BigInt(n) * 1_000_000n + 1n): Received {
  const one = event({ id: `e${n}`, timeNano, source });
  return { key: keyOf(one), event: one };
}

export function numberOf({ id }: IncomingEvent): number {
  return Number(id.slice(1));
}

export class ModelEngine implements Engine {
  readonly name = 'model';
  readonly defaultEndpoint = 'unix:///d';
  /** Everything that was ever published: its clock may slip, so times are given with each. */
  published = 0;
  up = true;
  /** True if its live streams are open and dead. */
  hangs = false;
  /** Its identity, if it states one. */
  id: string | undefined;
  readonly #keeps: number;
  #held: Received[] = [];
  #live = new Subject<readonly Received[]>();
  #connections = new Subject<never>();
  /** Requests in order. */
  readonly requests: string[] = [];

  constructor(keeps: number = HOLDS) {
    this.#keeps = keeps;
  }

  detect(): readonly string[] {
    return [];
  }

  checkEndpoint(endpoint: string): string {
    return endpoint;
  }

  publish(count = 1, time?: bigint): void {
    for (let i = 0; i < count; i++) this.emit(this.hold(time));
  }

  /** The first step of publishing: the event is held. */
  hold(time?: bigint): Received {
    const one = numbered(this.published++, time);
    if (this.#keeps > 0) this.#held = [...this.#held, one].slice(-this.#keeps);
    return one;
  }

  /** The second step: it goes to those who listen. */
  emit(one: Received): void {
    if (!this.hangs) this.#live.next([one]);
  }

  /** Loses every connection. */
  cut(): void {
    const connections = this.#connections;
    this.#connections = new Subject();
    this.hangs = false;
    connections.error(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  }

  stop(): void {
    this.up = false;
    this.#held = [];
    this.cut();
  }

  connect(endpoint: string): Observable<Session> {
    this.requests.push('connect');
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    if (!this.up) return throwError(() => refused);
    return of({
      source: { engine: this.name, endpoint, ...(this.id === undefined ? {} : { id: this.id }) },
      version: '1.41',
      keeps: this.#keeps,
      events: (from: Position) => this.#events(from),
      held: () => this.#ask(),
    });
  }

  #events(from: Position): Observable<readonly Received[]> {
    this.requests.push(`events ${from}`);
    return defer(() => {
      const held = from === 'live' ? [] : this.#held;
      const first = held.length === 0 ? of([]) : of([], held);
      return concat(first, this.#connected());
    });
  }

  #ask(): Observable<readonly Received[]> {
    this.requests.push('held');
    return defer(() => of([], this.#held));
  }

  #connected(): Observable<readonly Received[]> {
    return defer(() => {
      const merged = new Subject<readonly Received[]>();
      this.#live.subscribe(merged);
      this.#connections.subscribe(merged);
      return merged;
    });
  }
}
