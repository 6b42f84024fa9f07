/** Writes the page with its data inside, as one HTML file that needs no network. */
import { hostname } from 'node:os';
import { catchError, firstValueFrom, type Observable, of } from 'rxjs';
import { lastValueFrom, tap } from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import {
  askContainers,
  type ContainersAnswer,
  encodeFrame,
  type EngineEvent,
  type EventFrame,
  type Frame,
  instant,
  parseCursor,
  version,
} from '../../src/index.ts';
import { askHost, type HostAnswer, JsonWriter, Packer, singlePage, stringify } from '../../src/internal.ts';
import { EXIT, endedBy, usage } from '../exit.ts';
import type { Io } from '../io.ts';
import { Output } from './stdout.ts';

export interface SavedPageOptions {
  /** The events; the output's reader sets the pace. */
  readonly frames: (paused: Observable<boolean>) => Observable<Frame>;
  /** The period; without a start, that of the events. */
  readonly since: bigint | undefined;
  readonly until: bigint;
  readonly view: 'events' | 'report';
  /** The daemon to ask for its host, and for the containers at the start; undefined: none. */
  readonly daemon: { readonly endpoint: string; readonly token: string | undefined } | undefined;
  readonly io: Io;
}

/** The page holds this many events, the newest. */
export const MOST_EVENTS = 100_000;

/** Resolves with the exit code. Throws a `Failure` if stdout is a terminal. */
export async function savePage(options: SavedPageOptions): Promise<number> {
  const { frames, since, until, view, daemon, io } = options;
  if (io.stdout.isTTY === true) {
    throw usage('--output html writes a file: redirect it, as in tidings events -S 1h -o html > events.html');
  }
  const [before, after] = singlePage();
  const saved = {
    host: await hostOf(daemon, until),
    title: ['tidings', ...io.args].join(' '),
    since: since === undefined ? undefined : String(since),
    until: String(until),
    view,
  };
  const output = new Output(io.stdout);
  output.text(before);
  output.line(inScript(stringify(saved)));
  output.line(inScript(stringify((await containersAt(daemon, since)) ?? null)));
  const packs = new Packs((line) => output.text(inScript(line)));
  const write = (frame: Frame): void => {
    if (frame.kind === 'event') return packs.add(frame);
    if (frame.kind !== 'gap') return;
    packs.flush();
    output.line(inScript(encodeFrame(frame)));
  };
  await lastValueFrom(frames(output.paused).pipe(tap(write), takeUntilCancelled(io.signal)), {
    defaultValue: undefined,
  });
  if (io.signal.aborted) return endedBy(io.signal);
  packs.flush();
  output.text(after);
  output.flush();
  return EXIT.done;
}

/** Most events of a line. */
const MOST_PACKED = 512;

/** Gathers events into packed lines: a fraction of the bytes. */
class Packs {
  readonly #line: (line: string) => void;
  readonly #packer: Packer = new Packer();
  readonly #out: JsonWriter = new JsonWriter(64 * 1024);
  #events: EngineEvent[] = [];
  #epoch = '';

  constructor(line: (line: string) => void) {
    this.#line = line;
  }

  add({ event, cursor }: EventFrame): void {
    if (this.#events.length === 0) ({ epoch: this.#epoch } = parseCursor(cursor));
    if (this.#events.push(event) >= MOST_PACKED) this.flush();
  }

  flush(): void {
    if (this.#events.length === 0) return;
    this.#out.length = 0;
    this.#packer.write(this.#out, this.#events, this.#epoch);
    this.#events = [];
    this.#line(this.#out.bytes.toString('utf8', 0, this.#out.length));
  }
}

/** JSON in a script element: no text in it ends the element, or begins a comment. */
function inScript(json: string): string {
  return json.replaceAll('<', '\\u003c');
}

async function hostOf(daemon: SavedPageOptions['daemon'], now: bigint): Promise<HostAnswer> {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const here = { host: hostname(), zone, time: String(now), version, journal: true };
  if (daemon === undefined) return here;
  return await firstValueFrom(askHost(daemon).pipe(catchError(() => of(here))));
}

async function containersAt(
  daemon: SavedPageOptions['daemon'],
  since: bigint | undefined,
): Promise<ContainersAnswer | undefined> {
  if (daemon === undefined || since === undefined) return undefined;
  const asked = askContainers({ ...daemon, at: instant.format(since, { zone: 'utc', digits: 9 }) });
  // Without a journal, nothing is known about the start.
  return await firstValueFrom(asked.pipe(catchError(() => of(undefined))));
}
