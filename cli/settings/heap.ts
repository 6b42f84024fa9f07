/** How much memory V8 takes beyond what is in use. */
import { setFlagsFromString } from 'node:v8';

/**
 * How much the heap may grow between two full collections: in per cent. Every event lives until newer ones push it out,
 * so what V8 lets gather by default, up to four times what is in use, is most of what a busy daemon weighs.
 */
const GROWTH = 30;

/**
 * Has V8 keep the heap small, in this process from here on. The place for new objects, two halves of which one is always
 * empty, stays as large as it has become by now (2 MiB each): events outlive it at any size, and what does not is
 * collected as fast. By default it grows to 16 MiB each, with Node 24 to 64. The option that is meant for it,
 * `--max-semi-space-size`, can only be given when Node starts.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  setFlagsFromString('--semi-space-growth-factor=1');
}
