/** The view of a stream of events on a terminal. */
import type { SchedulerLike } from 'rxjs';
import type { EngineEvent } from '../../src/index.ts';
import type { Aside } from '../io.ts';
import type { FoldedLoop, Renderer, TerminalLines } from '../render/renderer.ts';
import { LOOP_WITHIN, Loops, type Noise } from './folding.ts';
import { Screen } from './screen.ts';
import type { Output } from './stdout.ts';

/** Most past lines held back to find the place of a crash loop among them. */
const MOST_PAST = 1000;

/** A crash loop whose latest death is older has ended: in ns. */
const WITHIN = BigInt(LOOP_WITHIN) * 1_000_000n;

/** Options of the view on a terminal. */
export interface TerminalOptions {
  /** Prints every event at once, without folding. */
  readonly all: boolean;
  /** Most lines of the past; undefined: all. */
  readonly last: number | undefined;
  /** True if the stream continues after the past. */
  readonly follows: boolean;
  /** Nanoseconds since the Unix epoch. */
  readonly now: () => bigint;
  /** Containers with a health check, whose execs are folded. */
  readonly noise: Noise;
  /** The clock that ends crash loops. Default: the wall clock. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * The view for a renderer for people; undefined for other formats, which look the same everywhere.
 */
export function createTerminal(
  { terminal: words }: Renderer,
  options: TerminalOptions,
): ((output: Output) => Terminal) | undefined {
  return words === undefined ? undefined : (output) => new Terminal(words, new Screen(output), options);
}

/**
 * The view: the last lines of the past, a rule, then live events; noise and crash loops are folded.
 */
export class Terminal implements Aside {
  readonly #words: TerminalLines;
  readonly #screen: Screen;
  readonly #options: TerminalOptions;
  readonly #loops: Loops;
  /** Crash loops, by container. */
  readonly #running = new Map<string, FoldedLoop>();
  /** Loops that ended before the live events began. */
  readonly #ended = new Set<string>();
  /**
   * Lines of the past, and the containers whose loops are among them; undefined once the past is
   * over.
   */
  #past: (string | { readonly loop: string })[] | undefined = [];
  #shown = 0;
  #hidden = 0;
  #text = '';

  constructor(words: TerminalLines, screen: Screen, options: TerminalOptions) {
    this.#words = words;
    this.#screen = screen;
    this.#options = options;
    this.#loops = new Loops(options.scheduler);
    this.#loops.follow(
      () => this.line(this.#text),
      (loop) => this.#loop(loop),
    );
  }

  event(event: EngineEvent, text: string): void {
    if (this.#options.all) return this.line(text);
    if (this.#options.noise.has(event)) {
      this.#hidden++;
      return this.#live();
    }
    this.#text = text;
    if (this.#loops.isCrash(event)) this.#loops.next(event);
    else this.line(text);
  }

  line(text: string): void {
    if (this.#past === undefined) return this.#screen.line(text);
    this.#past.push(text);
    const { last = 0 } = this.#options;
    if (last > 0 && this.#past.length > 4 * last) this.#past = this.#past.slice(-last);
    // Everything is requested: print at once.
    const bare = this.#running.size === 0 || this.#past.length > MOST_PAST;
    if (this.#options.last === undefined && bare) this.#print();
  }

  /** Called at the end of the past. */
  live(): void {
    if (this.#past === undefined) return;
    this.#finishPast();
    if (this.#options.follows && this.#shown > 0) this.#screen.line(this.#words.rule('live'));
    this.#live();
  }

  #finishPast(): void {
    if (this.#past === undefined) return;
    for (const [id, loop] of this.#running) {
      if (this.#options.now() - loop.latest.timeNano < WITHIN) continue;
      this.#ended.add(id);
    }
    this.#past = this.#past.filter((each) => typeof each === 'string' || this.#ended.has(each.loop));
    const { last } = this.#options;
    if (last !== undefined) this.#past = last === 0 ? [] : this.#past.slice(-last);
    this.#print();
    this.#past = undefined;
    for (const id of this.#ended) this.#running.delete(id);
    // Events folded in the past do not count for the present.
    this.#hidden = 0;
  }

  close(): void {
    this.#finishPast();
    this.#live();
    this.#loops.complete();
    this.#screen.draw();
  }

  clear(): void {
    this.#screen.clear();
  }

  draw(): void {
    this.#screen.draw();
  }

  #print(): void {
    for (const each of this.#past ?? []) {
      const loop = typeof each === 'string' ? undefined : this.#running.get(each.loop);
      if (typeof each === 'string') this.#screen.line(each);
      else if (loop !== undefined)
        this.#screen.line(this.#words.loop({ ...loop, over: true, next: undefined }));
      this.#shown++;
    }
    this.#past = [];
  }

  #loop(loop: FoldedLoop): void {
    const { id } = loop.latest;
    if (this.#ended.delete(id) && loop.over) return;
    if (loop.over) {
      this.#running.delete(id);
      this.line(this.#words.loop(loop));
    } else {
      this.#running.set(id, loop);
      // A past loop is placed where it was last seen.
      this.#past = this.#past?.filter((each) => typeof each === 'string' || each.loop !== id);
      this.#past?.push({ loop: id });
    }
    this.#live();
  }

  /** Redraws the lines that change in place. */
  #live(): void {
    if (this.#past !== undefined) return;
    const events = this.#hidden === 1 ? 'event is' : 'events are';
    const folded =
      this.#hidden === 0 ? [] : [this.#words.quiet(`${this.#hidden} ${events} folded away: -a shows all`)];
    this.#screen.live([...[...this.#running.values()].map((loop) => this.#words.loop(loop)), ...folded]);
  }
}
