/** The events of many hosts, read from their streams in NATS without a daemon. */
import {
  asyncScheduler,
  BehaviorSubject,
  defer,
  finalize,
  map,
  merge,
  mergeMap,
  type Observable,
  retry,
  type SchedulerLike,
  Subject,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { nameMatcher } from '../../operators/name-matcher.ts';
import { parseNamePattern } from '../../operators/name-pattern.ts';
import { createCollector, type Frame, isGap, parseCursor, type Query } from '../../src/index.ts';
import {
  backoff,
  checkNatsUrl,
  type FleetEvent,
  type HostPosition,
  natsFromEnvironment,
  POSITION,
  readFleet,
  readPositions,
  writePositions,
} from '../../src/internal.ts';
import { EXIT, Failure, readOption, usage } from '../exit.ts';
import { type Io, say } from '../io.ts';

export interface FleetFlags {
  /** The address of a NATS server. */
  readonly fleet: string;
  /** Patterns of hosts, with commas. */
  readonly host?: string | undefined;
  readonly cursorFile?: string | undefined;
  readonly retry: boolean;
}

/** Most events held here for a reader that lags: beyond them, no more are read. */
const LIMIT = 20_000;

/** Time between a printed event and the write of its position: in ms. */
const GATHER = 100;

/** Distance before `--since` at which streams are read, for clocks that differ: in ms. */
const EARLIER = 60_000;

/** Delays before another connection: in ms. */
const WAITS = { first: 250, longest: 10_000 };

/** Frames of a fleet. @param scheduler the clock of timers. Default: the wall clock */
export function framesOfFleet(
  flags: FleetFlags,
  query: Query,
  paused: Observable<boolean>,
  io: Io,
  scheduler: SchedulerLike = asyncScheduler,
): Observable<Frame> {
  const endpoint = readOption('--fleet', () => checkNatsUrl(flags.fleet));
  const isWanted = hostTest(flags.host);
  if (query.tail !== undefined) throw usage('--tail needs a daemon: --fleet takes --since');
  if (query.cursor !== undefined) throw usage('--cursor is of a daemon: --fleet resumes by --cursor-file');
  return defer(() => {
    const resumed = positionsIn(flags.cursorFile);
    const places = new Places(resumed, flags.cursorFile, scheduler);
    const positions = new Map(resumed);
    const collector = createCollector({ limit: 2 * LIMIT, scheduler });
    const { since, follow = true } = query;
    const start =
      since !== undefined
        ? Number(since / 1_000_000n) - EARLIER
        : follow && resumed === undefined
          ? 'new'
          : 'oldest';
    let connected = false;
    let attempts = 0;
    const take = ({ event, host, position }: FleetEvent): void => {
      // A gap has no time of its own.
      if (since === undefined || event.timeNano >= since || isGap(event)) collector.append([event]);
      if (position !== undefined) places.add(parseCursor(collector.newest).seq, host, position);
    };
    const events = defer(() =>
      readFleet({
        ...{ nats: natsFromEnvironment(endpoint, io.env), endpoint, isWanted, positions, start, scheduler },
        paused: merge(places.full, paused.pipe(map((isPaused) => isPaused || places.full.value))),
        onBase: (host, position) => places.add(0, host, position),
        onNotice: (text) => say(io, text),
        onState: ({ live, hosts }) => {
          if (attempts > 0) say(io, 'the fleet is back: continuing after the last event of each host');
          if (!connected && hosts === 0) say(io, `${endpoint} has no stream of a host yet: waiting for one`);
          connected = true;
          attempts = 0;
          // Ordering holds events for a moment.
          if (live && !follow) scheduler.schedule(() => collector.complete(), 1000);
        },
      }),
    ).pipe(
      tap(take),
      mergeMap(() => [] as Frame[]),
      retry({
        delay: (error: unknown) => {
          const text = error instanceof Error ? error.message : String(error);
          if (!connected && !flags.retry)
            return throwError(() => new Failure(EXIT.unavailable, text, { cause: error }));
          if (attempts === 0) say(io, `${text}: waiting for the fleet; Ctrl-C ends this`);
          return timer(backoff(attempts++, WAITS), scheduler);
        },
      }),
    );
    const frames = collector.frames(
      { ...query, since: undefined, follow: true, cursor: collector.newest },
      { paused },
    );
    const ended = new Subject<void>();
    return merge(frames.pipe(finalize(() => ended.next())), events.pipe(takeUntil(ended))).pipe(
      tap((frame) => places.passed(numberOf(frame))),
      map(ownCursor),
      finalize(() => places.close()),
    );
  });
}

/** Positions to resume from; undefined without a file that exists. */
function positionsIn(path: string | undefined): ReadonlyMap<string, HostPosition> | undefined {
  if (path === undefined) return undefined;
  try {
    return readPositions(path)?.positions;
  } catch (error) {
    throw new Failure(EXIT.unavailable, `--cursor-file: ${(error as Error).message}`, { cause: error });
  }
}

/** The test of patterns of hosts, as names of containers are tested. */
function hostTest(text: string | undefined): (host: string) => boolean {
  if (text === undefined) return () => true;
  const patterns = text.split(',').map((each) => readOption('--host', () => parseNamePattern(each.trim())));
  const matches = nameMatcher(patterns);
  return (host) => matches({ id: '', name: host });
}

/** The number up to which a frame reports the stream. */
function numberOf(frame: Frame): number {
  if (frame.kind === 'event') return frame.event.seq;
  if (frame.kind === 'ready') return 0;
  return parseCursor(frame.kind === 'gap' ? frame.to : frame.cursor).seq;
}

/** An event has the cursor that its host gave it. */
function ownCursor(frame: Frame): Frame {
  if (frame.kind === 'end' && frame.reason === 'shutdown') return { ...frame, reason: 'complete' };
  if (frame.kind !== 'event') return frame;
  const cursor = frame.event.attributes[POSITION]?.split(' ')[1];
  return cursor === undefined ? frame : { ...frame, cursor };
}

interface Place {
  readonly seq: number;
  readonly host: string;
  readonly position: HostPosition;
}

/** Positions of events on their way to the output, and the file of those that are printed. */
class Places {
  /** True while too many events are on their way. */
  readonly full: BehaviorSubject<boolean> = new BehaviorSubject(false);
  readonly #written: Map<string, HostPosition>;
  readonly #path: string | undefined;
  readonly #scheduler: SchedulerLike;
  #waiting: Place[] = [];
  #first = 0;
  /** The number of the last frame that was handed on: it is printed once the next one comes. */
  #passed = 0;
  #timer: { unsubscribe(): void } | undefined;

  constructor(
    resumed: ReadonlyMap<string, HostPosition> | undefined,
    path: string | undefined,
    scheduler: SchedulerLike,
  ) {
    this.#written = new Map(resumed);
    this.#path = path;
    this.#scheduler = scheduler;
  }

  /** An event is in the stream under that number; 0: its position needs no printing. */
  add(seq: number, host: string, position: HostPosition): void {
    this.#waiting.push({ seq, host, position });
    if (this.#waiting.length - this.#first > LIMIT && !this.full.value) this.full.next(true);
    if (seq <= this.#passed) this.#later();
  }

  /** A frame is handed to the output now. @param seq its number in the stream */
  passed(seq: number): void {
    this.#settle();
    this.#passed = Math.max(this.#passed, seq);
    this.#later();
  }

  close(): void {
    this.#timer?.unsubscribe();
    this.#settle();
    this.#write();
  }

  #later(): void {
    this.#timer ??= this.#scheduler.schedule(() => {
      this.#timer = undefined;
      this.#settle();
      this.#write();
    }, GATHER);
  }

  #settle(): void {
    for (let next = this.#waiting[this.#first]; next !== undefined; next = this.#waiting[++this.#first]) {
      if (next.seq > this.#passed) break;
      this.#written.set(next.host, next.position);
    }
    if (this.#first < LIMIT / 4 && this.#first < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
    if (this.full.value && this.#waiting.length < LIMIT / 2) this.full.next(false);
  }

  #write(): void {
    if (this.#path !== undefined) writePositions(this.#path, this.#written);
  }
}
