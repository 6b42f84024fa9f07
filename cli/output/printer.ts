/** Prints frames as lines: events to stdout, notices to people. */
import { type EngineEvent, type Frame, isGap } from '../../src/index.ts';
import { EXIT } from '../exit.ts';
import { gapText, type Renderer } from '../render/renderer.ts';
import type { Output } from './stdout.ts';
import type { Terminal } from './terminal.ts';

export class Printer {
  /** The exit code of the ended stream; 0 while it has not ended. */
  exitCode: number = EXIT.done;
  /** The cursor to resume from after the printed events. */
  cursor: string | undefined;
  /** Called with each event that is shown. */
  onShown: ((event: EngineEvent, cursor: string) => void) | undefined;
  readonly #renderer: Renderer;
  readonly #output: Output;
  readonly #notice: (text: string) => void;
  readonly #terminal: Terminal | undefined;
  readonly #shows: (event: EngineEvent, cursor: string) => boolean;

  /**
   * @param terminal for people at a terminal; undefined for a pipe, without folding and changes in
   *   place
   * @param shows tests whether an event is shown; others only explain. Default: every event
   */
  constructor(
    renderer: Renderer,
    output: Output,
    notice: (text: string) => void,
    terminal?: Terminal,
    shows: (event: EngineEvent, cursor: string) => boolean = () => true,
  ) {
    this.#renderer = renderer;
    this.#output = output;
    this.#notice = notice;
    this.#terminal = terminal;
    this.#shows = shows;
  }

  frame(frame: Frame): void {
    switch (frame.kind) {
      case 'ready':
        return;
      case 'event':
        this.cursor = frame.cursor;
        this.#event(frame.event, frame.cursor);
        return;
      case 'replay-end':
        this.cursor = frame.cursor;
        this.#terminal?.live();
        return;
      case 'bookmark':
        this.cursor = frame.cursor;
        return;
      case 'gap':
        this.cursor = frame.to;
        if (this.#renderer.forPeople) this.#line(this.#renderer.gap(frame));
        else this.#notice(gapText(frame));
        return;
      case 'end':
        this.cursor = frame.cursor;
        this.#end(frame.reason, frame.message);
    }
  }

  /** Called at the end. */
  close(): void {
    this.#terminal?.close();
  }

  #event(event: EngineEvent, cursor: string): void {
    if (!this.#shows(event, cursor)) return this.#renderer.note?.(event);
    this.onShown?.(event, cursor);
    // Every event is rendered, even a folded one: it explains later events.
    const text = this.#renderer.event(event, cursor);
    if (this.#terminal === undefined || isGap(event)) this.#line(text);
    else this.#terminal.event(event, text);
    if (isGap(event) && !this.#renderer.forPeople) {
      const { detail = 'events are missing' } = event.attributes;
      this.#notice(`gap: ${event.name ?? event.source.engine}: ${detail}`);
    }
  }

  #line(text: string): void {
    if (this.#terminal === undefined) this.#output.line(text);
    else this.#terminal.line(text);
  }

  #end(reason: string, message = 'no reason given'): void {
    if (reason === 'until' || reason === 'complete') return;
    const what = reason === 'shutdown' ? 'the daemon shut down' : `the daemon failed: ${message}`;
    this.#notice(`${what}; resume with --cursor ${this.cursor}`);
    this.exitCode = EXIT.unavailable;
  }
}
