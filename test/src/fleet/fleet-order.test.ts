import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor } from '../../../src/collector/cursor.ts';
import { encodeEvent } from '../../../src/encoders/ndjson-event.ts';
import { type FleetEvent, FleetOrder } from '../../../src/fleet/fleet-order.ts';
import { EVERY } from '../../../src/fleet/heartbeat.ts';
import type { HostPosition } from '../../../src/fleet/host-position.ts';
import { event } from '../../support/events.ts';
import { type VirtualTime, virtualTime } from '../../support/virtual-time.ts';

const MS = 1_000_000n;

/** The start of reading, and its end: in ms. */
const START = 100_000;
const END = START + 60_000;

/** The life of a host. Times are in ms, true ones. */
interface Life {
  /** Its clock minus the true time. */
  readonly skew: number;
  /** Times of its events; some state a time that is up to 50 ms earlier. */
  readonly times: readonly number[];
  readonly jitter: number;
  /** Time from the storing of an event to its arrival at the reader. */
  readonly delay: number;
  /** Time during which its link is cut; also that of a host whose daemon is killed and started. */
  readonly cut: { readonly from: number; readonly to: number } | undefined;
}

/** A message of a stream. */
interface Message {
  readonly text: string;
  readonly position: HostPosition;
  /** True time of its event, and of its storing: in ms. */
  readonly time: number;
  readonly stored: number;
}

/** The stream of a host: events during a cut are stored after it, each by the order of its journal. */
function streamOf({ skew, times, jitter, cut }: Life): readonly Message[] {
  return times
    .toSorted((one, other) => one - other)
    .map((time, i) => {
      const stored = cut !== undefined && time >= cut.from && time < cut.to ? cut.to : time;
      const cursor = formatCursor('journal', i + 1);
      const stated = time + skew - (i % 3 === 1 ? jitter : 0);
      const text = encodeEvent({ ...event({ timeNano: BigInt(stated) * MS }), seq: i + 1 }, cursor);
      return { text, time, stored, position: { seq: i + 1, cursor, at: stored } };
    });
}

/** One thing that happens. */
interface Step {
  readonly at: number;
  readonly run: () => void;
}

class Simulation {
  readonly found: FleetEvent[] = [];
  readonly #time: VirtualTime = virtualTime();
  readonly #hosts: ReadonlyMap<string, { readonly life: Life; readonly stream: readonly Message[] }>;
  readonly #positions = new Map<string, HostPosition>();
  #order!: FleetOrder;

  constructor(lives: readonly Life[]) {
    this.#hosts = new Map(lives.map((life, i) => [`h${i}`, { life, stream: streamOf(life) }]));
  }

  /** Reads until the end; the reader is started again at these times. */
  run(restarts: readonly number[]): void {
    const steps: Step[] = [
      { at: START, run: () => this.#read() },
      ...restarts.map((at) => ({ at, run: () => this.#read() })),
    ];
    for (const [host, { life, stream }] of this.#hosts) {
      for (const message of stream) {
        const at = message.stored + life.delay;
        if (message.stored > START) steps.push({ at, run: () => this.#take(host, message) });
      }
      for (let at = START + 1; at < END; at += EVERY)
        steps.push({ at, run: () => this.#beat(host, life, at) });
    }
    for (const { at, run } of steps.toSorted((one, other) => one.at - other.at)) {
      this.#time.pass(Math.max(0, at - this.#time.scheduler.now()));
      run();
    }
    this.#time.pass(30_000);
    this.#order.close();
  }

  /** The numbers of the events that came from a host. */
  numbersOf(): Map<string, number[]> {
    const numbers = new Map([...this.#hosts.keys()].map((host) => [host, [] as number[]]));
    for (const { host, position } of this.found)
      if (position !== undefined) numbers.get(host)?.push(position.seq);
    return numbers;
  }

  streamOf(host: string): readonly Message[] {
    return this.#hosts.get(host)?.stream ?? [];
  }

  /** Reads all streams from the positions of emitted events. */
  #read(): void {
    this.#order?.close();
    this.#order = new FleetOrder({
      ...{ endpoint: 'nats://n:4222', scheduler: this.#time.scheduler },
      emit: (one) => {
        this.found.push(one);
        if (one.position !== undefined) this.#positions.set(one.host, one.position);
      },
      onRoom: () => {},
      onChange: () => {},
    });
    const now = this.#time.scheduler.now();
    for (const host of this.#hosts.keys()) this.#order.join(host);
    for (const [host, { stream }] of this.#hosts) {
      const from = this.#positions.get(host)?.seq ?? 0;
      for (const message of stream.slice(from)) if (message.stored <= now) this.#take(host, message);
      this.#order.live(host);
    }
  }

  #take(host: string, { text, position, stored }: Message): void {
    // It was read at the start of this reader.
    if ((this.#order.positionOf(host)?.seq ?? 0) >= position.seq) return;
    this.#order.take(host, { text, position, storedAt: BigInt(stored) * MS });
  }

  #beat(host: string, { skew, cut }: Life, at: number): void {
    if (cut !== undefined && at >= cut.from && at < cut.to) return;
    this.#order.hear(host, { daemon: host, since: 0, now: at + skew, every: EVERY, cursor: '' });
  }
}

const life: fc.Arbitrary<Life> = fc.record({
  // A clock that is off by less than 2 s is not corrected.
  skew: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 3000, max: 60_000 }),
    fc.integer({ min: -60_000, max: -3000 }),
  ),
  times: fc.array(
    // Many events within the delay of their hosts, and others at any time.
    fc.oneof(fc.integer({ min: 0, max: END - 1 }), fc.integer({ min: START + 30_000, max: START + 30_500 })),
    { maxLength: 8 },
  ),
  delay: fc.integer({ min: 0, max: 199 }),
  jitter: fc.integer({ min: 0, max: 50 }),
  cut: fc.option(
    fc
      .record({
        from: fc.integer({ min: START, max: END - 31_000 }),
        length: fc.integer({ min: 0, max: 30_000 }),
      })
      .map(({ from, length }) => ({ from, to: from + length })),
    { nil: undefined },
  ),
});

const restarts = fc.array(fc.integer({ min: START + 1, max: END }), { maxLength: 2 });

function check(lives: readonly Life[], again: readonly number[]): void {
  const simulation = new Simulation(lives);
  simulation.run(again);
  // Nothing is lost, nothing comes twice, and each host keeps its order.
  const numbers = simulation.numbersOf();
  const wrong = [...numbers].filter(
    ([host, list]) =>
      list.length !== simulation.streamOf(host).length || list.some((number, i) => number !== i + 1),
  );
  expect(wrong).toEqual([]);
  // A host that is cut off for long is silent.
  const silent = new Set(
    simulation.found.flatMap(({ event: { type, action }, host }) =>
      type === 'host' && action === 'silent' ? [host] : [],
    ),
  );
  const isMissed = ({ cut }: Life, i: number): boolean =>
    cut !== undefined && cut.to - cut.from > 25_000 && !silent.has(`h${i}`);
  // A reader that begins again has not heard all of the silence.
  expect(again.length === 0 ? lives.filter(isMissed) : []).toEqual([]);
  // Once clocks are known, the events of undisturbed hosts come in the order of their true times.
  const punctual = simulation.found.flatMap(({ host, position }) => {
    const { cut } = lives[Number(host.slice(1))] ?? {};
    const message = position && simulation.streamOf(host)[position.seq - 1];
    return message !== undefined && cut === undefined && message.time > START + 2 * EVERY
      ? [message.time]
      : [];
  });
  const jitter = Math.max(0, ...lives.map((one) => one.jitter));
  const late = punctual.filter((time, i) => i > 0 && time < (punctual[i - 1] ?? 0) - jitter);
  expect(again.length === 0 ? late : []).toEqual([]);
}

describe('the order of a fleet', () => {
  it('loses nothing, repeats nothing and keeps the order of each of any few hosts', () => {
    const lives = fc.array(life, { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(lives, restarts, check), { numRuns: 100 });
  });

  it.each([
    [1000, 1],
    [10_000, 1],
  ])(
    'does the same with %i hosts',
    (count, numRuns) => {
      const some = fc.array(life, { minLength: 50, maxLength: 100 });
      const many = some.map((kinds) =>
        Array.from({ length: count }, (_, i) => kinds[i % kinds.length] as Life),
      );
      fc.assert(fc.property(many, restarts, check), { numRuns, endOnFailure: true });
    },
    300_000,
  );
});
