/** Frames as lines: events to stdout, what else there is to know to people. */
import { type EngineEvent, type Frame, isGap } from '../../src/index.ts';
import { EXIT } from '../exit.ts';
import { gapText, type Renderer } from '../render/renderer.ts';
import type { Output } from './stdout.ts';
import type { Terminal } from './terminal.ts';

export class Printer {
  /** How the stream ended, as an exit code; done as long as it has not. */
  exitCode: number = EXIT.done;
  /** Where to resume after what has been printed. */
  cursor: string | undefined;
  readonly #renderer: Renderer;
  readonly #output: Output;
  readonly #notice: (text: string) => void;
  readonly #terminal: Terminal | undefined;

  /** @param terminal for people at a terminal; undefined: a pipe, where nothing is folded or changed */
  constructor(renderer: Renderer, output: Output, notice: (text: string) => void, terminal?: Terminal) {
    this.#renderer = renderer;
    this.#output = output;
    this.#notice = notice;
    this.#terminal = terminal;
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

  /** Nothing more comes. */
  close(): void {
    this.#terminal?.close();
  }

  #event(event: EngineEvent, cursor: string): void {
    // Every event is rendered, the folded ones too: they explain those that come after them.
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

  #end(reason: string, message = 'it does not say why'): void {
    if (reason === 'until' || reason === 'complete') return;
    const what = reason === 'shutdown' ? 'the daemon shut down' : `the daemon failed: ${message}`;
    this.#notice(`${what}; resume with --cursor ${this.cursor}`);
    this.exitCode = EXIT.unavailable;
  }
}
