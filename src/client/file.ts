/** Reads saved frames: lines written by `tidings events -o json` and `tidings journal export`. */
import type { Frame } from '../collector/frames.ts';
import { decodeFrame } from '../encoders/ndjson.ts';
import { LineSplitter } from './line-splitter.ts';

/** Longest line: several times the largest event. */
const LONGEST_LINE = 32 * 2 ** 20;

/**
 * Reads frames from bytes, such as those of a file.
 *
 * @throws RangeError with the number of an invalid line
 */
export async function* framesIn(bytes: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const lines = new LineSplitter(LONGEST_LINE);
  let number = 0;
  const decode = (line: string): Frame => {
    number++;
    try {
      return decodeFrame(line);
    } catch (error) {
      throw new RangeError(`line ${number}: ${(error as Error).message}`, { cause: error });
    }
  };
  for await (const chunk of bytes) for (const line of lines.push(chunk)) yield decode(line);
  for (const line of lines.push(Buffer.from('\n'))) yield decode(line);
}
