/** Processes that write into the monitor FIFO: records, lines, and bytes that are neither. */
import { formatLine } from '../../../src/monitor/line.ts';
import { encodeRecord, NONE, STATE } from '../../../src/monitor/record.ts';
import { CONTAINER_STATES } from '../../../src/monitor/state-codes.ts';
import { writeFifo } from '../machine/fifo.ts';
import type { Random } from '../random.ts';

export class Sender {
  /** Count of events in the pipe; without a reader or room, one is refused. */
  sent = 0;
  /** Count of writes that are neither a record nor a line. */
  garbage = 0;
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Each event states its number: as the value of `n`. */
  send(): void {
    const random = this.#random;
    const n = String(this.sent);
    const name = `m${random.between(0, 5)}`;
    const action = random.pick(CONTAINER_STATES);
    const bytes = random.chance(0.5)
      ? encodeRecord({
          ...{ type: STATE, subject: 'container', name, args: '', extra: `n=${n}` },
          ...{ value: CONTAINER_STATES.indexOf(action), exitCode: NONE, pid: NONE },
        })
      : Buffer.from(formatLine({ type: 'container', action, id: name, name, attributes: { n } }));
    if (writeFifo(bytes)) this.sent++;
  }

  /** A part of a line, or letters: not what could be the beginning of a record. */
  sendGarbage(): void {
    const text = this.#random.pick(['garbage\n', '{"action":\n', '\u00ff\u00fe\n', 'x'.repeat(700)]);
    if (writeFifo(Buffer.from(text))) this.garbage++;
  }
}
