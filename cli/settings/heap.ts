/** Limits the memory that V8 takes beyond its use. */
import { setFlagsFromString } from 'node:v8';

/**
 * Growth of the heap between two full collections: in per cent. Every event lives until newer ones
 * push it out. V8's default growth, up to four times the live objects, would be most of a busy
 * daemon's memory.
 */
const GROWTH = 30;

/**
 * Makes V8 keep the heap small, from here on in this process. The space for new objects, two halves
 * of which one is always empty, stays at its present size (2 MiB each): events outlive it at any
 * size, and other objects are collected as fast. By default it grows to 16 MiB each, with Node 24
 * to 64. The option for this purpose, `--max-semi-space-size`, only works at the start of Node.
 */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`);
  setFlagsFromString('--semi-space-growth-factor=1');
}
