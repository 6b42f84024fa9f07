/** Prints frames to stdout, at the pace of its reader. */
import type { Observable } from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import type { ContainerState } from '../../operators/index.ts';
import type { EngineEvent, Frame } from '../../src/index.ts';
import { EXIT, endedBy } from '../exit.ts';
import { type Io, say } from '../io.ts';
import type { Renderer } from '../render/renderer.ts';
import { Printer } from './printer.ts';
import { Output } from './stdout.ts';
import type { Terminal, TerminalOptions } from './terminal.ts';

export interface TailOptions {
  /** The source of frames; it gets the output, so that it does not read ahead of it. */
  readonly frames: (output: Output) => Observable<Frame>;
  readonly renderer: Renderer;
  /** Called with each event that is shown. */
  readonly onShown?: ((event: EngineEvent, cursor: string) => void) | undefined;
  /** Tests whether an event is shown; others only explain. Default: every event. */
  readonly shows?: ((event: EngineEvent, cursor: string) => boolean) | undefined;
  readonly io: Io;
  /** True if the stream can be silent for long: a reader that has gone is then detected anyway. */
  readonly endless: boolean;
  /** The look on a terminal; undefined: as in a pipe. */
  readonly terminal?: ((output: Output) => Terminal) | undefined;
  /**
   * Converts an error of the frames, with the cursor of the last printed event. Default: unchanged.
   */
  readonly failureOf?: (error: unknown, cursor: string | undefined) => unknown;
  /** Called with the cursor of the last printed event when a signal ends the command. */
  readonly onLeft?: ((cursor: string) => void) | undefined;
  /** Ends the stream at once. Default: the signal of `io`. */
  readonly signal?: AbortSignal;
}

/** The terminal's view of a stream, loaded on demand. */
export async function openTerminal(
  renderer: Renderer,
  look: Omit<TerminalOptions, 'noise'>,
  seed: readonly ContainerState[] = [],
): Promise<((output: Output) => Terminal) | undefined> {
  const [{ createTerminal }, { Noise }] = await Promise.all([
    import('./terminal.ts'),
    import('./folding.ts'),
  ]);
  return createTerminal(renderer, { ...look, noise: new Noise(seed) });
}

/**
 * Prints frames until their end, the signal, or the loss of the reader; resolves with the exit
 * code.
 */
export async function tail(options: TailOptions): Promise<number> {
  const {
    frames,
    renderer,
    io,
    endless,
    terminal,
    onLeft,
    failureOf = (error: unknown) => error,
    signal = io.signal,
  } = options;
  return await new Promise<number>((resolve, reject) => {
    const output = new Output(io.stdout);
    const screen = terminal?.(output);
    if (screen !== undefined) io.asides.add(screen);
    const printer = new Printer(renderer, output, (text) => say(io, text), screen, options.shows);
    printer.onShown = options.onShown;
    const close = (): void => {
      printer.close();
      output.flush();
      if (screen !== undefined) io.asides.delete(screen);
    };
    const watchReader = (): void => {
      if (subscription.closed) return;
      subscription.add(
        io.whenReaderGone(() => {
          resolve(EXIT.done);
          subscription.unsubscribe();
        }),
      );
    };
    let watched = !endless;
    const subscription = frames(output)
      .pipe(takeUntilCancelled(signal))
      .subscribe({
        next: (frame) => {
          printer.frame(frame);
          // After the first line: starting a process takes longer than printing.
          if (!watched) setImmediate(watchReader);
          watched = true;
        },
        error: (error: unknown) => {
          close();
          reject(failureOf(error, printer.cursor));
        },
        complete: () => {
          close();
          if (signal.reason === 'SIGINT' && printer.cursor !== undefined) onLeft?.(printer.cursor);
          resolve(signal.aborted ? endedBy(signal) : printer.exitCode);
        },
      });
  });
}
