/** Frames to stdout, at the pace of whoever reads it. */
import type { Observable } from 'rxjs';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import type { ContainerState } from '../../operators/index.ts';
import type { Frame } from '../../src/index.ts';
import { EXIT, endedBy } from '../exit.ts';
import { type Io, say } from '../io.ts';
import type { Renderer } from '../render/renderer.ts';
import { Printer } from './printer.ts';
import { Output } from './stdout.ts';
import type { Terminal, TerminalOptions } from './terminal.ts';

export interface TailOptions {
  /** Where they come from; told where they go, so that nothing is read ahead of it. */
  readonly frames: (output: Output) => Observable<Frame>;
  readonly renderer: Renderer;
  readonly io: Io;
  /** Whether nothing may come for long: then a reader who is gone is noticed anyway. */
  readonly endless: boolean;
  /** How it looks on a terminal; undefined: as in a pipe. */
  readonly terminal?: ((output: Output) => Terminal) | undefined;
  /** What an error of the frames is told as, with the cursor of what was printed last. Default: as it is. */
  readonly failureOf?: (error: unknown, cursor: string | undefined) => unknown;
  /** Told the cursor of what was printed last when a signal ends it. */
  readonly onLeft?: ((cursor: string) => void) | undefined;
  /** What ends it at once. Default: the signal of `io`. */
  readonly signal?: AbortSignal;
}

/** How a stream looks on a terminal; loaded where there is one. */
export async function openTerminal(
  renderer: Renderer,
  look: Omit<TerminalOptions, 'noise'>,
  seed: readonly ContainerState[] = [],
): Promise<((output: Output) => Terminal) | undefined> {
  const [{ createTerminal }, { Noise }] = await Promise.all([import('./terminal.ts'), import('./fold.ts')]);
  return createTerminal(renderer, { ...look, noise: new Noise(seed) });
}

/** Prints frames until they end, the signal comes or nobody reads any more; resolves with the exit code. */
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
    const printer = new Printer(renderer, output, (text) => say(io, text), screen);
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
          // Once the first line is on its way: to start a process takes longer than to print.
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
