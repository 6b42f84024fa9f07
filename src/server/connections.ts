/**
 * Limits the connections, so that clients never take the descriptors that the daemon itself needs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Limits } from './client-limits.ts';

/**
 * Connections of all servers together. Connections without a valid token yet are counted apart: see
 * `Unauthorized`.
 */
export class Connections {
  readonly #limits: Limits;
  #open = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get open(): number {
    return this.#open;
  }

  /**
   * Takes a place until the socket closes.
   *
   * @returns false if all places are taken, which is counted: the caller closes the socket
   */
  take(socket: Pick<Socket, 'once' | 'destroyed'>): boolean {
    if (this.#open >= this.#limits.of('connections')) {
      this.#limits.refused('connections');
      return false;
    }
    if (socket.destroyed) return true;
    this.#open++;
    socket.once('close', () => this.#open--);
    return true;
  }
}

/**
 * Descriptors that stay free for the journal, engines, and the commands of rules: a quarter, within
 * these bounds.
 */
const RESERVE = { least: 16, most: 256 };

/**
 * The count of descriptors that clients may have: the limit of this process (RLIMIT_NOFILE), less
 * the open ones and a reserve. Infinity if the system states no limit.
 */
export function freeDescriptors(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1');
    const limit = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? Number.POSITIVE_INFINITY);
    const reserve = Math.min(RESERVE.most, Math.max(RESERVE.least, Math.floor(limit / 4)));
    return Math.max(1, limit - readdirSync('/proc/self/fd').length - reserve);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
