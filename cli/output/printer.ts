/** Frames as lines: events to stdout, what else there is to know to people. */
import { type Frame, isGap } from '../../src/index.ts';
import { EXIT } from '../exit.ts';
import type { Output } from './stdout.ts';
import { gapText, type Renderer } from '../render/renderer.ts';
import { safe } from '../safe.ts';

export class Printer {
  /** How the stream ended, as an exit code; done as long as it has not. */
  exitCode: number = EXIT.done;
  /** Where to resume after what has been printed. */
  cursor: string | undefined;
  readonly #renderer: Renderer;
  readonly #output: Output;
  readonly #notice: (text: string) => void;

  constructor(renderer: Renderer, output: Output, notice: (text: string) => void) {
    this.#renderer = renderer;
    this.#output = output;
    this.#notice = notice;
  }

  frame(frame: Frame): void {
    switch (frame.kind) {
      case 'ready':
        return;
      case 'event':
        this.cursor = frame.cursor;
        this.#output.line(this.#renderer.event(frame.event, frame.cursor));
        if (isGap(frame.event) && !this.#renderer.forPeople) {
          const { detail = 'events are missing' } = frame.event.attributes;
          this.#notice(safe(`gap: ${frame.event.name ?? frame.event.source.engine}: ${detail}`));
        }
        return;
      case 'replay-end':
      case 'bookmark':
        this.cursor = frame.cursor;
        return;
      case 'gap':
        this.cursor = frame.to;
        if (this.#renderer.forPeople) this.#output.line(this.#renderer.gap(frame));
        else this.#notice(gapText(frame));
        return;
      case 'end':
        this.cursor = frame.cursor;
        this.#end(frame.reason, frame.message);
    }
  }

  #end(reason: string, message = 'it does not say why'): void {
    if (reason === 'until' || reason === 'complete') return;
    const what = reason === 'shutdown' ? 'the daemon shut down' : `the daemon failed: ${safe(message)}`;
    this.#notice(`${what}; resume with --cursor ${this.cursor}`);
    this.exitCode = EXIT.unavailable;
  }
}
