/** Inputs that are close to valid ones. */
import type { Random } from '../simulation/random.ts';

const ABSURD = [
  ...[
    '0',
    '-1',
    '9007199254740993',
    '18446744073709551616',
    '1e309',
    'NaN',
    'null',
    'true',
    '""',
    '[]',
    '{}',
  ],
  ...['\u0000', '\u001b[31m', '\u202e', '\ud800', '💥', '\r\n', '"', '\\', '%00', '__proto__', 'constructor'],
  ...['(', ')', '[', ']', '{', '}', '*', '+', '?', '|', '/', '!', '=', ',', ':', '.', '-', ' ', '\t'],
];

/** Changes a valid input in a few places, mostly: cuts, repeats, joins with another, bits, words. */
export function mutate(random: Random, valid: readonly Buffer[], words: readonly string[] = []): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(valid));
  for (let left = random.pick([0, 1, 1, 2, 3, 8]); left > 0; left--)
    bytes = change(random, bytes, valid, words);
  return bytes;
}

function change(random: Random, bytes: Buffer, valid: readonly Buffer[], words: readonly string[]): Buffer {
  const at = random.between(0, bytes.length);
  const end = Math.min(bytes.length, at + random.pick([1, 1, 2, 4, 16, 64]));
  const before = bytes.subarray(0, at);
  const put = (...middle: readonly Buffer[]): Buffer => Buffer.concat([before, ...middle]);
  switch (random.between(0, 8)) {
    case 0:
      return Buffer.from(before);
    case 1:
      return put(bytes.subarray(end));
    case 2: {
      const piece = bytes.subarray(at, end);
      return put(...Array.from({ length: random.pick([2, 3, 300]) }, () => piece), bytes.subarray(end));
    }
    case 3: {
      const other = random.pick(valid);
      return put(other.subarray(random.between(0, other.length)));
    }
    case 4: {
      if (at === bytes.length) return bytes;
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ (1 << random.between(0, 7));
      return flipped;
    }
    case 5:
      return put(random.bytes(end - at), bytes.subarray(end));
    case 6: {
      // A number becomes another one.
      const text = bytes.toString('latin1');
      const number = random.pick(ABSURD);
      const numbers = [...text.matchAll(/\d+/g)];
      if (numbers.length === 0) return bytes;
      const { index, 0: digits } = random.pick(numbers);
      return Buffer.from(text.slice(0, index) + number + text.slice(index + digits.length), 'latin1');
    }
    default: {
      const word = Buffer.from(random.pick(random.chance(0.5) && words.length > 0 ? words : ABSURD));
      return put(word, bytes.subarray(random.chance(0.5) ? at : end));
    }
  }
}

export const buffers = (...texts: readonly string[]): readonly Buffer[] =>
  texts.map((text) => Buffer.from(text));
