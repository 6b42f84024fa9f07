/** The state of the page, and its changes: the model, the shown period, the selection. */
import { Model } from '../data/model.ts';
import type { HostInfo, Saved } from '../data/frames.ts';
import type { FilterProblem } from '../data/filtered.ts';
import type { PageEvent } from '../data/event.ts';
import type { Bar } from '../data/lanes.ts';
import { atEdge, around, type Viewport } from '../time/viewport.ts';
import { readAddress, writeAddress } from './address.ts';

export type Tab = 'events' | 'containers' | 'report';

/** The thing that the details show. */
export type Selection =
  | { readonly kind: 'run'; readonly bar: Bar }
  | { readonly kind: 'event'; readonly event: PageEvent }
  | { readonly kind: 'time'; readonly at: number };

/** A period of the past that is shown instead of the live stream; ms. */
export type Past = Viewport;

/** Lists and texts change at most this often while events arrive, and while the past is read; ms. */
const CALM = 120;
const CALM_READING = 400;

export interface AppOptions {
  /** Clock in ms; fixed in tests and saved pages. */
  readonly now: () => number;
  readonly saved: Saved | undefined;
}

export class App {
  model: Model = new Model();
  readonly saved: Saved | undefined;
  view: Viewport;
  /** True: the view moves with the clock. */
  follows = true;
  paused = false;
  brush: Viewport | undefined;
  selection: Selection | undefined;
  /** The highlighted row of the list: the number of its event. */
  current: number | undefined;
  /** The time under the pointer. */
  hover: number | undefined;
  tab: Tab = 'events';
  filterText = '';
  filterProblem: FilterProblem | undefined;
  host: HostInfo | undefined;
  /** The engines' clocks minus the host's, in seconds, of engines that differ. */
  clocks: readonly { readonly engine: string; readonly seconds: number }[] = [];
  /** The shown past; undefined: live. */
  past: Past | undefined;
  /** A refusal; the page cannot continue by itself. */
  refusal: { readonly status: number; readonly message: string } | undefined;
  help = false;
  /** A text for screen readers. */
  said = '';
  /** Collapsed groups. */
  readonly closed: Set<string> = new Set();
  /** Asks the source for another period; undefined in a saved page. */
  onPast: ((past: Past | undefined) => void) | undefined;

  readonly #now: () => number;
  readonly #listeners = new Set<(whole: boolean) => void>();
  #clockOffset = 0;
  #scheduled = false;
  #isWhole = false;
  /** The last drawing of the whole: `performance.now()`. */
  #wholeAt = 0;
  #pending: ReturnType<typeof setTimeout> | undefined;
  /** About the time of the last drawing of the whole, in ms. */
  #cost = 0;
  /** Count of drawings of the whole. */
  turn = 0;

  constructor({ now, saved }: AppOptions) {
    this.#now = now;
    this.saved = saved;
    const address = readAddress(location.hash);
    const end = this.now;
    this.view = address.view ?? atEdge({ from: end - 3_600_000, to: end }, end);
    this.follows = address.view === undefined && saved === undefined;
    this.past = address.past;
    this.filterText = address.filter ?? '';
    this.tab = saved?.view === 'report' ? 'report' : (address.tab ?? 'events');
    this.filterProblem = this.model.filtered.use(this.filterText);
    this.closed = new Set();
  }

  /** The host's clock in ms. */
  get now(): number {
    if (this.saved !== undefined) return Number(this.saved.until) / 1e6;
    return this.#now() + this.#clockOffset;
  }

  /** Takes the host's facts; its clock is the one that counts. */
  setHost(host: HostInfo): void {
    this.host = host;
    const time = Number(host.time) / 1e6;
    // The answer took a moment: a difference below two seconds does not count.
    if (Math.abs(time - this.#now()) > 2000) this.#clockOffset = time - this.#now();
    this.changed();
  }

  /** Begins with an empty model. */
  reset(past: Past | undefined): void {
    this.past = past;
    this.model = new Model();
    this.filterProblem = this.model.filtered.use(this.filterText);
    this.selection = undefined;
    this.brush = undefined;
    this.current = undefined;
    this.paused = false;
    this.changed();
  }

  /** @param listener called in a frame; `whole`: not only the lanes have changed */
  onChange(listener: (whole: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Draws the whole once in the next frame, for all changes up to then. */
  changed(): void {
    this.#isWhole = true;
    this.#draw();
  }

  /**
   * Events arrived, or time has passed. The lanes follow in the next frame, lists and texts a little
   * later.
   */
  arrived(): void {
    // A slow machine draws the whole less often.
    const calm = this.model.replayed
      ? Math.max(CALM, this.#cost * 4)
      : Math.max(CALM_READING, this.#cost * 8);
    const rest = this.#wholeAt + calm - performance.now();
    if (rest <= 0) return this.changed();
    if (this.#pending === undefined) {
      this.#pending = setTimeout(() => {
        this.#pending = undefined;
        this.changed();
      }, rest);
    }
    if (this.model.replayed) this.#draw();
  }

  #draw(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      const isWhole = this.#isWhole;
      this.#scheduled = this.#isWhole = false;
      if (isWhole) this.turn++;
      if (this.follows && !this.paused) this.view = atEdge(this.view, this.now);
      const begin = performance.now();
      for (const listener of this.#listeners) listener(isWhole);
      if (!isWhole) return;
      this.#wholeAt = performance.now();
      // Preact renders in a task of its own after this frame: the next one shows its cost.
      requestAnimationFrame(() => (this.#cost = Math.min(150, performance.now() - begin)));
    });
  }

  show(view: Viewport, follows = false): void {
    this.view = view;
    this.follows = follows;
    writeAddress(this);
    this.changed();
  }

  /** Shows a period with room around it. */
  showPeriod(from: number, to: number): void {
    this.show(around(from, to));
  }

  /** Returns to the live edge. */
  live(): void {
    this.paused = false;
    if (this.past !== undefined) this.onPast?.(undefined);
    this.show(atEdge(this.view, this.now), this.saved === undefined);
  }

  pause(paused: boolean): void {
    if (this.saved !== undefined) return;
    this.paused = paused;
    if (!paused) this.follows = true;
    this.changed();
  }

  filter(text: string): void {
    this.filterText = text;
    this.filterProblem = this.model.filtered.use(text);
    writeAddress(this);
    this.changed();
  }

  setBrush(brush: Viewport | undefined): void {
    this.brush = brush;
    this.changed();
  }

  select(selection: Selection | undefined): void {
    this.selection = selection;
    this.changed();
  }

  setTab(tab: Tab): void {
    this.tab = tab;
    writeAddress(this);
    this.changed();
  }

  setHover(at: number | undefined): void {
    if (this.hover === at) return;
    this.hover = at;
    this.changed();
  }
}
