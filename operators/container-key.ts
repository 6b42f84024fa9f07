import type { Named, Sourced } from './shapes.ts';

/**
 * Identifies a container: two engines may use the same id for containers of their own. Engines of
 * one kind differ by the identity that they state. No engine's name has a space or a slash.
 */
export function containerKey({ id, source }: Named & Sourced): string {
  return key(id, source?.engine, source?.id);
}

interface StateName {
  readonly id: string;
  readonly engine?: string | undefined;
  readonly engineId?: string | undefined;
}

/** The key of a state: equal to that of its events. */
export function stateKey({ id, engine, engineId }: StateName): string {
  return key(id, engine, engineId);
}

function key(id: string, engine = '', engineId?: string): string {
  return engineId === undefined ? `${engine} ${id}` : `${engine}/${engineId} ${id}`;
}
