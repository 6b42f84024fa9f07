/** Network namespaces on a bridge, whose links can be cut. Needs root and the command `ip`. */
import { execFileSync } from 'node:child_process';
import { findTool } from './tools.ts';

const ip = (...words: readonly string[]): string =>
  execFileSync('ip', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** A place of a process: its address, the command that starts it there, and its link. */
export interface Place {
  readonly address: string;
  readonly under: readonly string[];
  /** Cuts its link, or mends it. Undefined: it shares this machine's network. */
  readonly cut?: ((isCut: boolean) => void) | undefined;
}

/** This machine's own network. */
export const LOCAL: Place = { address: '127.0.0.1', under: [] };

/** Tests whether namespaces can be made here: in a container without rights they cannot. */
export function canMakeNetworks(): boolean {
  if (process.getuid?.() !== 0 || findTool('ip') === undefined) return false;
  const name = `td-${process.pid}`;
  try {
    ip('link', 'add', name, 'type', 'bridge');
    ip('link', 'del', name);
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return true;
  } catch {
    return false;
  }
}

export class FleetNetwork {
  readonly #number: number;
  readonly #names: string[] = [];

  /** @param number 0 to 255: two networks at a time have different ones */
  constructor(number: number) {
    this.#number = number;
    // The rest of a trial that was killed.
    this.#remove();
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('address', 'add', `${this.#addressOf(1)}/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
  }

  /** A new namespace with a link of its own. */
  place(): Place {
    const number = this.#names.length + 2;
    const [name, address] = [`${this.#bridge}-${number}`, this.#addressOf(number)];
    ip('netns', 'add', name);
    this.#names.push(name);
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('link', 'set', name, 'master', this.#bridge, 'up');
    ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    return {
      address,
      under: ['ip', 'netns', 'exec', name],
      cut: (isCut) => void ip('link', 'set', name, isCut ? 'down' : 'up'),
    };
  }

  close(): void {
    this.#remove();
  }

  get #bridge(): string {
    return `tdf${this.#number}`;
  }

  /** Of the block for benchmarks of networks (RFC 2544). */
  #addressOf(host: number): string {
    return `198.18.${this.#number}.${host}`;
  }

  #remove(): void {
    for (const { name } of JSON.parse(ip('-j', 'netns', 'list') || '[]') as { name: string }[])
      if (name.startsWith(`${this.#bridge}-`)) ip('netns', 'del', name);
    try {
      ip('link', 'del', this.#bridge);
    } catch {
      // It does not exist.
    }
  }
}
