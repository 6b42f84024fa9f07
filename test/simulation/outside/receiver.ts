/** Receives the webhooks of rules. */
import type { Machine } from '../machine/machine.ts';

/** A delivery that was answered with 200. */
export interface Delivered {
  readonly id: string;
  /** Which daemon sent it: they are counted. */
  readonly life: number;
}

export class Receiver {
  readonly delivered: Delivered[] = [];
  failures = 0;
  /** Which daemon runs. */
  life = 0;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  async fetch(init: RequestInit): Promise<Response> {
    const id = (init.headers as Record<string, string>)['webhook-id'] ?? '';
    const machine = this.#machine;
    const { random } = machine;
    const { life } = this;
    return await new Promise((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
      const answers = random.chance(this.failures) ? random.pick(['refuses', 'resets', 'hangs']) : 'takes';
      machine.schedule(random.wait(5), () => {
        if (answers === 'hangs' || init.signal?.aborted === true) return;
        if (answers === 'resets') return reject(new Error('socket hang up'));
        if (answers === 'takes') this.delivered.push({ id, life });
        const ok = answers === 'takes';
        resolve({ ok, status: ok ? 200 : 500, statusText: '', body: null } as Response);
      });
    });
  }
}
