/** Cursors: also with valid check digits and absurd numbers. */
import { createCollector } from '../../../src/collector/collector.ts';
import { formatCursor, parseCursor } from '../../../src/collector/cursor.ts';
import type { Random } from '../../simulation/random.ts';
import { event } from '../../support/events.ts';
import { buffers, mutate } from '../mutate.ts';
import { documented, must, type Target } from '../target.ts';

const NUMBERS = [
  0,
  1,
  2,
  7,
  8,
  9,
  -1,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  1e21,
  0.5,
  Number.NaN,
  Infinity,
];

const collector = createCollector({ limit: 4, epoch: 'k3f' });
collector.append(Array.from({ length: 8 }, () => event({})));

/** Steps after which a reader of eight events should be done. */
const STEPS = 20;

export const cursors: Target = {
  name: 'cursors',
  input: (random: Random) => {
    const epoch = random.pick(['k3f', 'k3g', '', '0'.repeat(40), 'K', '__proto__']);
    const valid = formatCursor(epoch, random.chance(0.7) ? random.pick(NUMBERS) : random.between(0, 12));
    return random.chance(0.5) ? Buffer.from(valid) : mutate(random, buffers(valid));
  },
  run: (input) => {
    const text = input.toString();
    try {
      const { epoch, seq } = parseCursor(text);
      must(formatCursor(epoch, seq) === text, 'it is read as another cursor');
      const reader = collector.reader({ cursor: text, follow: false });
      let steps = 0;
      while (reader.read(3).more) must(++steps < STEPS, 'its reader does not end');
      reader.close();
    } catch (error) {
      documented(error, RangeError);
    }
  },
};
