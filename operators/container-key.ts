import type { Named, Sourced } from './shapes.ts';

/** Tells containers apart: two engines may tell of the same id, each of its own. No engine's name has a space. */
export function containerKey({ id, source }: Named & Sourced): string {
  return `${source?.engine ?? ''} ${id}`;
}
