/** Data for the benchmarks: events like those of a busy host, made in each run. */
import { createHash } from 'node:crypto';
import { type IncomingEvent, OwnEvent } from '../../src/event.ts';

const source = { engine: 'isulad', endpoint: '/run/tidings/monitord_fifo' };
const ACTIONS = ['create', 'start', 'die'] as const;

/** Count of containers; the events belong to them in turn. */
export const CONTAINERS = 1000;

/** The name of a container. */
export const nameOf = (i: number): string => `web-${i}`;

/** Their ids: 64 hex digits. */
const IDS = Array.from({ length: CONTAINERS }, (_, i) =>
  createHash('sha256').update(nameOf(i)).digest('hex'),
);

export const idOf = (i: number): string => IDS[i % CONTAINERS] as string;

/**
 * Events from number `from` on, as the monitor makes them, with separate strings as after decoding.
 */
export function makeEvents(count: number, from = 0): IncomingEvent[] {
  return makeForeignEvents(count, from).map((event) => new OwnEvent(event));
}

/** The same as plain objects, which a collector copies. */
export function makeForeignEvents(count: number, from = 0): IncomingEvent[] {
  const start = BigInt(Date.now()) * 1_000_000n;
  return Array.from({ length: count }, (_, j) => {
    const i = from + j;
    return {
      timeNano: start + BigInt(i) * 1000n,
      type: 'container',
      action: ACTIONS[i % 3] as string,
      id: decoded(idOf(i)),
      name: decoded(nameOf(i % CONTAINERS)),
      attributes: { pid: String(1000 + (i % 30_000)), image: 'busybox' },
      source,
    };
  });
}

const decoded = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

/** Events in one list: about as many as one read of a pipe (64 KiB). */
const LIST = 100;

/** Events made at a time, while the clock stands still. */
const BATCH = 10_000;

/** Passes lists of new events to `take` and returns its rate per second. */
export function rateOf(
  count: number,
  take: (events: readonly IncomingEvent[]) => void,
  make: typeof makeEvents = makeEvents,
): number {
  let took = 0n;
  for (let from = 0; from < count; from += BATCH) {
    const events = make(Math.min(BATCH, count - from), from);
    const lists = Array.from({ length: Math.ceil(events.length / LIST) }, (_, i) =>
      events.slice(i * LIST, (i + 1) * LIST),
    );
    const start = process.hrtime.bigint();
    for (const list of lists) take(list);
    took += process.hrtime.bigint() - start;
  }
  return (count * 1e9) / Number(took);
}

/** Fails a benchmark that did not measure the intended events. */
export function expectCount(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${actual} events arrived, not ${expected}`);
}
