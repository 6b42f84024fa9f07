/** Runs `tidings top`: events and keys in, screens out. */
import {
  auditTime,
  catchError,
  firstValueFrom,
  map,
  merge,
  of,
  Subject,
  type Subscription,
  timer,
} from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { askContainers } from '../../src/index.ts';
import { EXIT, endedBy } from '../exit.ts';
import type { Io, KeyInput } from '../io.ts';
import { glyphsFor } from '../render/glyphs.ts';
import { loadTheme, type OutputFlags } from '../render/index.ts';
import type { Theme } from '../render/theme.ts';
import { cut } from '../render/width.ts';
import type { Settings } from '../settings/place.ts';
import { eventStream, failureOf } from '../source/event-stream.ts';
import { explanationOf } from './explanation-screen.ts';
import { FullScreen } from './full-screen.ts';
import { type Key, keysOf } from './keys.ts';
import { Model, type Row } from './model.ts';
import { screenLines } from './view.ts';

export interface TopOptions {
  readonly names: readonly string[];
  readonly flags: Pick<OutputFlags, 'color' | 'theme'>;
  readonly settings: Settings;
  readonly io: Io;
  readonly stdin: KeyInput;
}

/** Shortest time between two screens, and the interval of updates for the ages: in ms. */
const DRAW = 100;
const AGE = 1000;

/** Time limit for the list of containers: in ms. */
const LIST_WITHIN = 1000;

/** Resolves with the exit code when the user or a signal ends it. Rejects if there is no stream. */
export async function runTop(options: TopOptions): Promise<number> {
  const { names, flags, settings, io, stdin } = options;
  const { endpoint, token } = settings;
  const [theme, seed] = await Promise.all([
    loadTheme(flags, io),
    firstValueFrom(
      askContainers({ endpoint, token, timeout: LIST_WITHIN }).pipe(
        map(({ containers }) => containers),
        catchError(() => of([])),
      ),
    ),
  ]);
  const top = new Top(new Model(seed), theme, options);
  const query = names.length === 0 ? {} : { name: names };
  return await new Promise<number>((resolve, reject) => {
    const screen = new FullScreen(
      io,
      stdin,
      (text) => keysOf(text).forEach((key) => top.key(key)),
      () => top.changed.next(),
    );
    const end = (code: number): void => {
      all.unsubscribe();
      screen.leave();
      resolve(code);
    };
    const fail = (error: unknown): void => {
      all.unsubscribe();
      screen.leave();
      reject(failureOf(error));
    };
    const notices = { ...io, stderr: top.stderr, signal: io.signal };
    const all: Subscription = eventStream(query, settings, of(false), notices, true)
      .pipe(takeUntilCancelled(io.signal))
      .subscribe({
        next: (frame) => frame.kind === 'event' && top.take(frame.event),
        error: fail,
        complete: () => end(io.signal.aborted ? endedBy(io.signal) : EXIT.unavailable),
      });
    all.add(top.ended.subscribe(end));
    all.add(
      merge(top.changed, timer(0, AGE))
        .pipe(auditTime(DRAW))
        .subscribe(() => screen.draw(top.lines())),
    );
    // An uncaught error is reported after the terminal is restored.
    if (io.onFault !== undefined) all.add(io.onFault(fail));
  });
}

/** The state of the screen. */
class Top {
  readonly changed = new Subject<void>();
  readonly ended = new Subject<number>();
  readonly #model: Model;
  readonly #theme: Theme;
  readonly #options: TopOptions;
  #filter = '';
  #typing = false;
  /** The time that the screen shows, while it is paused; in ns. */
  #pausedAt: bigint | undefined;
  #frozen: readonly Row[] | undefined;
  #selected = 0;
  /** An explanation over the list. */
  #overlay: readonly string[] | undefined;
  #notice = '';

  constructor(model: Model, theme: Theme, options: TopOptions) {
    this.#model = model;
    this.#theme = theme;
    this.#options = options;
  }

  /** Takes notices for stderr: the terminal is taken. */
  get stderr(): Io['stderr'] {
    const write = (text: string): boolean => {
      this.#notice = text.trim().replace(/^tidings: /, '');
      this.changed.next();
      return true;
    };
    return { write, isTTY: false } as unknown as Io['stderr'];
  }

  take(event: Parameters<Model['take']>[0]): void {
    this.#model.take(event, this.#options.io.now());
    this.changed.next();
  }

  key(key: Key): void {
    if (key === 'interrupt') return this.ended.next(endedBy(AbortSignal.abort('SIGINT')));
    if (this.#overlay !== undefined) this.#overlay = undefined;
    else if (this.#typing) this.#type(key);
    else this.#command(key);
    this.changed.next();
  }

  #type(key: Key): void {
    if (key === 'enter') this.#typing = false;
    else if (key === 'escape') [this.#typing, this.#filter] = [false, ''];
    else if (key === 'backspace') this.#filter = this.#filter.replace(/.$/u, '');
    else if (/^.$/u.test(key) && this.#filter.length < 80) this.#filter += key;
    this.#selected = 0;
  }

  #command(key: Key): void {
    const move: Readonly<Record<string, number>> = {
      up: -1,
      k: -1,
      down: 1,
      j: 1,
      'page-up': -10,
      'page-down': 10,
    };
    if (key === 'q') this.ended.next(EXIT.done);
    else if (key === '/') this.#typing = true;
    else if (key === 'escape') this.#filter = '';
    else if (key === 'space' || key === 'p') this.#pause();
    else if (key === 'enter' || key === 'w') this.#explain();
    else this.#selected += move[key] ?? 0;
  }

  #pause(): void {
    const now = this.#options.io.now();
    this.#frozen = this.#frozen === undefined ? this.#model.rows(now) : undefined;
    this.#pausedAt = this.#frozen === undefined ? undefined : now;
  }

  #rows(now: bigint): readonly Row[] {
    if (this.#frozen === undefined) return this.#model.rows(now, this.#filter);
    return this.#frozen.filter(({ label }) => label.includes(this.#filter));
  }

  #explain(): void {
    const { settings, io } = this.#options;
    const row = this.#rows(io.now())[this.#selected];
    if (row === undefined) return;
    const overlay = [`reading the events of ${row.label} …`];
    this.#overlay = overlay;
    const show = (lines: readonly string[]): void => {
      // Only if nothing has been pressed since.
      if (this.#overlay === overlay) this.#overlay = lines;
      this.changed.next();
    };
    explanationOf(row.state.id, this.#theme, settings, io).then(
      (text) => show(text.split('\n')),
      (error: unknown) => show([(error as Error).message]),
    );
  }

  lines(): readonly string[] {
    const { io } = this.#options;
    const { columns = 80, rows: height = 24 } = io.stdout;
    if (this.#overlay !== undefined) {
      const lines = [
        ...this.#overlay.slice(0, Math.max(0, height - 1)),
        this.#theme.tone('quiet')('any key: back'),
      ];
      return lines.map((line) => cutPainted(line, columns)).slice(0, height);
    }
    const now = this.#pausedAt ?? io.now();
    const rows = this.#rows(now);
    this.#selected = Math.max(0, Math.min(this.#selected, rows.length - 1));
    return screenLines(rows, {
      ...{ columns, height, now, theme: this.#theme, glyphs: glyphsFor(io.env) },
      ...{ filter: this.#filter, typing: this.#typing, paused: this.#frozen !== undefined },
      ...{ selected: this.#selected, notice: this.#notice },
    });
  }
}

/** A line with colours, cut only if it is too long without them. */
function cutPainted(line: string, columns: number): string {
  // oxlint-disable-next-line no-control-regex -- colours
  const bare = line.replace(/\u001b\[[\d;]*m/g, '');
  const short = cut(bare, columns);
  return short === bare ? line : short;
}
