/** Runs a command for each event: `--exec`. */
import { BehaviorSubject, catchError, EMPTY, filter, firstValueFrom, type Observable } from 'rxjs';
import type { EngineEvent } from '../../src/index.ts';
import { runCommand, Slots, type CommandEnd } from '../../src/internal.ts';
import { commandWords } from './command-words.ts';
import { readOption, usage } from '../exit.ts';
import { besides, type Io, say } from '../io.ts';
import { machineRenderer } from '../render/machine.ts';
import { compileTemplate } from '../render/template.ts';
import { safe } from '../safe.ts';

/** Commands that run at a time, and that wait before no further event is read. */
const AT_ONCE = 4;
const WAITING = 64;

/** Time limit of one command: in ms. */
const LIMIT = 60_000;

/**
 * Runs a command for each event, without a shell: its words are templates. The event is on its stdin as
 * one line of JSON; its output goes to stderr. A failure is reported, and ends nothing.
 */
export class Exec {
  /** True while many commands wait: no further event is to be read. */
  readonly paused: Observable<boolean>;
  /** Count of commands that failed. */
  failures = 0;
  readonly #pending = new BehaviorSubject(0);
  readonly #paused = new BehaviorSubject(false);
  readonly #slots = new Slots(AT_ONCE);
  readonly #words: readonly ((event: EngineEvent, cursor: string) => string)[];
  readonly #json = machineRenderer('json', 'local');
  readonly #io: Io;

  /** @throws Failure if the command is invalid */
  constructor(command: string, io: Io) {
    const words = readOption('--exec', () => commandWords(command));
    const [program = ''] = words;
    if (program.includes('{{')) {
      throw usage(
        `--exec: the program is '${program}': an event may not choose it; placeholders are arguments`,
      );
    }
    this.#words = words.map((word) => compileTemplate(word, '--exec'));
    this.#io = io;
    this.paused = this.#paused.asObservable();
  }

  run(event: EngineEvent, cursor: string): void {
    // No argument can hold a NUL.
    const argv = this.#words.map((word) => word(event, cursor).replaceAll('\0', ''));
    const input = `${this.#json.event(event, cursor)}\n`;
    this.#count(1);
    this.#slots
      .hold(runCommand(argv, { input, env: {}, timeout: LIMIT }))
      .pipe(
        catchError((error: unknown) => {
          this.#failed(argv, `cannot be started: ${(error as Error).message}`);
          return EMPTY;
        }),
      )
      .subscribe({ next: (end) => this.#ended(argv, end) })
      .add(() => this.#count(-1));
  }

  /** Resolves when no command runs. */
  async idle(): Promise<void> {
    await firstValueFrom(this.#pending.pipe(filter((count) => count === 0)));
  }

  #count(change: number): void {
    const count = this.#pending.value + change;
    this.#pending.next(count);
    const paused = count > WAITING;
    if (paused !== this.#paused.value) this.#paused.next(paused);
  }

  #ended(argv: readonly string[], { exitCode, signal, timedOut, output, dropped }: CommandEnd): void {
    const lines = output.split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (lines.length > 0) besides(this.#io, lines.map((line) => `${safe(line)}\n`).join(''));
    if (dropped > 0) say(this.#io, `--exec: ${dropped} bytes of output of ${shown(argv)} are left out`);
    if (timedOut) this.#failed(argv, `took longer than ${LIMIT / 1000} s, and was ended`);
    else if (exitCode !== 0) this.#failed(argv, `ended with ${exitCode ?? signal ?? 'a signal'}`);
  }

  #failed(argv: readonly string[], how: string): void {
    this.failures++;
    say(this.#io, `--exec: ${shown(argv)} ${how}`);
  }
}

function shown(argv: readonly string[]): string {
  const text = argv.join(' ');
  return `'${text.length > 80 ? `${text.slice(0, 79)}…` : text}'`;
}
