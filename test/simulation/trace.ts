/** Lines with times that tell the steps of a run: the same for the same seed, byte for byte. */
import type { Log } from '../../src/log.ts';
import type { Machine } from './machine/machine.ts';

export class Trace {
  readonly lines: string[] = [];
  /** FNV-1a of all lines. */
  digest = 0x811c9dc5;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  add(text: string): void {
    const { now, steps } = this.#machine;
    const line = `${(now / 1e6).toFixed(6).padStart(11)} s  step ${String(steps).padStart(6)}  ${text}`;
    this.lines.push(line);
    for (let i = 0; i < line.length; i++)
      this.digest = Math.imul(this.digest ^ line.charCodeAt(i), 0x01000193);
  }

  /** Takes the lines of the daemon's log. */
  get log(): Log {
    const say =
      (level: string) =>
      (fields: object, text: string): void => {
        const { err } = fields as { err?: Error };
        this.add(`daemon ${level}: ${text}${err === undefined ? '' : ` (${err.message})`}`);
      };
    return { debug: () => undefined, info: say('info'), warn: say('warn'), error: say('error') };
  }
}
