/** A Docker daemon's events as moby keeps them, without the wire: for tests in virtual time. */
import { concat, defer, type Observable, of, Subject, throwError } from 'rxjs';
import type { IncomingEvent } from '../../../../src/event.ts';
import type { DockerApi } from '../../../../src/engines/docker/api.ts';
import { type Heard, keyOf } from '../../../../src/engines/docker/heard.ts';
import { event } from '../../../support/events.ts';

export const HOLDS = 256;

/** The n-th event ever published, 0 …, as it is heard. */
export function numbered(n: number, timeNano: bigint = BigInt(n) * 1_000_000n): Heard {
  const one = event({ id: `e${n}`, timeNano, source: { engine: 'docker', endpoint: 'unix:///d' } });
  return { key: keyOf(one), event: one };
}

export function numberOf({ id }: IncomingEvent): number {
  return Number(id.slice(1));
}

export class ModelDocker implements DockerApi {
  /** Everything that was ever published: its clock may slip, so times are given with each. */
  published = 0;
  up = true;
  #held: Heard[] = [];
  #live = new Subject<readonly Heard[]>();
  #connections = new Subject<never>();
  /** Asked for, in order. */
  readonly requests: string[] = [];

  publish(count = 1, time?: bigint): void {
    for (let i = 0; i < count; i++) this.emit(this.hold(time));
  }

  /** The first step of publishing: the event is held. */
  hold(time?: bigint): Heard {
    const heard = numbered(this.published++, time);
    this.#held = [...this.#held, heard].slice(-HOLDS);
    return heard;
  }

  /** The second step: it goes to those who listen. */
  emit(heard: Heard): void {
    this.#live.next([heard]);
  }

  /** Loses every connection. */
  cut(): void {
    const connections = this.#connections;
    this.#connections = new Subject();
    connections.error(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
  }

  stop(): void {
    this.up = false;
    this.#held = [];
    this.cut();
  }

  ping(): Observable<string> {
    this.requests.push('ping');
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    return this.up ? of('1.41') : throwError(() => refused);
  }

  events(version: string, until?: bigint): Observable<readonly Heard[]> {
    this.requests.push(until === undefined ? `events ${version}` : `held ${version}`);
    return defer(() => {
      const held = [...this.#held];
      if (until !== undefined) return of([], held);
      const first = held.length === 0 ? of([]) : of([], held);
      return concat(first, this.#connected());
    });
  }

  #connected(): Observable<readonly Heard[]> {
    return defer(() => {
      const merged = new Subject<readonly Heard[]>();
      this.#live.subscribe(merged);
      this.#connections.subscribe(merged);
      return merged;
    });
  }
}
