/**
 * TCP connections without a request that has passed the guard: for example in a TLS handshake, or
 * without the token. They have few places and little time, and never take the places of authorized
 * clients.
 */
import type { Socket } from 'node:net';
import type { SchedulerLike, Subscription } from 'rxjs';

interface Waiting {
  readonly socket: Socket;
  readonly network: string;
  readonly late: Subscription;
}

export interface UnauthorizedOptions {
  /** Most such connections at a time; beyond it, the network with most of them loses its oldest. */
  readonly most: number;
  /** Time limit of each, in ms. */
  readonly within: number;
  readonly scheduler: SchedulerLike;
  /** Called for each connection that was closed to make room. */
  readonly onRefused: () => void;
}

/** Fair to networks: a network that opens many connections loses its own. */
export class Unauthorized {
  readonly #options: UnauthorizedOptions;
  /** By the client's address and port, oldest first. */
  readonly #all = new Map<string, Waiting>();
  readonly #networks = new Map<string, Set<string>>();

  constructor(options: UnauthorizedOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all.size;
  }

  add(socket: Socket): void {
    const { most, within, scheduler } = this.#options;
    if (socket.destroyed || socket.remoteAddress === undefined) return void socket.destroy();
    const key = keyOf(socket);
    const network = networkOf(socket.remoteAddress);
    while (this.#all.size >= most && this.#all.size > 0) this.#evict();
    const late = scheduler.schedule(() => this.#close(key), within);
    this.#all.set(key, { socket, network, late });
    const keys = this.#networks.get(network) ?? new Set();
    this.#networks.set(network, keys.add(key));
    socket.once('close', () => this.#forget(key, socket));
  }

  /**
   * Marks a connection as authorized, after its first request has passed the guard.
   *
   * @returns its socket if it was unauthorized until now
   */
  pass(client: Pick<Socket, 'remoteAddress' | 'remotePort'>): Socket | undefined {
    const key = keyOf(client);
    const socket = this.#all.get(key)?.socket;
    if (socket !== undefined) this.#forget(key, socket);
    return socket;
  }

  /** Closes the oldest connection of the network with most of them. */
  #evict(): void {
    let largest: Set<string> = new Set();
    for (const keys of this.#networks.values()) if (keys.size > largest.size) largest = keys;
    const [oldest = ''] = largest;
    this.#options.onRefused();
    this.#close(oldest);
  }

  #close(key: string): void {
    const socket = this.#all.get(key)?.socket;
    if (socket === undefined) return;
    this.#forget(key, socket);
    socket.destroy();
  }

  #forget(key: string, socket: Socket): void {
    const waiting = this.#all.get(key);
    if (waiting?.socket !== socket) return;
    waiting.late.unsubscribe();
    this.#all.delete(key);
    const keys = this.#networks.get(waiting.network);
    keys?.delete(key);
    if (keys?.size === 0) this.#networks.delete(waiting.network);
  }
}

function keyOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}

/**
 * The network of an address: an IPv4 address, or the 64-bit prefix of an IPv6 address, which
 * belongs to one host.
 */
function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.replace(/%.*/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return all.slice(0, 4).join(':');
}
