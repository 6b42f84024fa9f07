/**
 * Connections over TCP on which no request has passed the guard yet: in a TLS handshake, say, or without the token. They
 * have few places and little time, so that they never take the places of those who may read.
 */
import type { Socket } from 'node:net';
import type { SchedulerLike, Subscription } from 'rxjs';

interface Stranger {
  readonly socket: Socket;
  readonly network: string;
  readonly late: Subscription;
}

export interface StrangersOptions {
  /** How many there may be at a time; beyond it, the oldest of the network that has most is closed. */
  readonly most: number;
  /** How long one may stay, in ms. */
  readonly within: number;
  readonly scheduler: SchedulerLike;
  /** One was closed to make room. */
  readonly onRefused: () => void;
}

/** Fair to networks: one that opens many connections closes its own. */
export class Strangers {
  readonly #options: StrangersOptions;
  /** By the client's address and port, oldest first. */
  readonly #all = new Map<string, Stranger>();
  readonly #networks = new Map<string, Set<string>>();

  constructor(options: StrangersOptions) {
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

  /** A request of this connection has passed the guard: it is no stranger. @returns its socket if it was one until now */
  pass(client: Pick<Socket, 'remoteAddress' | 'remotePort'>): Socket | undefined {
    const key = keyOf(client);
    const socket = this.#all.get(key)?.socket;
    if (socket !== undefined) this.#forget(key, socket);
    return socket;
  }

  /** Closes the oldest of the network that has most. */
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
    const stranger = this.#all.get(key);
    if (stranger?.socket !== socket) return;
    stranger.late.unsubscribe();
    this.#all.delete(key);
    const keys = this.#networks.get(stranger.network);
    keys?.delete(key);
    if (keys?.size === 0) this.#networks.delete(stranger.network);
  }
}

function keyOf({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string {
  return `${remoteAddress} ${remotePort}`;
}

/** An IPv4 address, or the 64 bits of an IPv6 address that a host gets as a whole. */
function networkOf(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = address.replace(/%.*/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return all.slice(0, 4).join(':');
}
