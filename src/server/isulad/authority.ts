/**
 * Replaces the `:authority` of requests on a Unix socket. Node closes a stream without an
 * authority, or with one that is not a valid host; Go's gRPC with its own dialer sends the socket's
 * path there. On a Unix socket the value has no meaning, so it can be replaced.
 */

/** A range of bytes in a frame, and their replacement. */
export interface AuthorityPlace {
  readonly from: number;
  readonly to: number;
  readonly value: Buffer;
}

/** Index of `:authority` in HPACK's static table (RFC 7541, appendix A). */
const AUTHORITY = 1;
/** The name as a literal, which gRPC's C core sends: plain, and in Huffman code (appendix B). */
const SPELLED = [Buffer.from(':authority'), Buffer.from('b83b5339ec327d7f', 'hex')];
/** Index of the newest entry in HPACK's dynamic table. */
const DYNAMIC = 62;
/** Most entries of the dynamic table: 4,096 bytes by default, at least 32 for each entry. */
const KNOWN = 128;

/**
 * An authority of one character, as a header's value. It is never longer than the value that it
 * replaces, so our dynamic table never drops an entry that the client still refers to.
 */
const ANYBODY = Buffer.from([1, 'x'.charCodeAt(0)]);

/**
 * Finds authorities in the headers of one connection. Memory: a bit for each entry of the dynamic
 * table.
 */
export class Authorities {
  /** For each entry of the dynamic table, newest first: true if it is an authority. */
  readonly #areAuthorities: boolean[] = [];

  /**
   * Finds the range of the authority's value in a block of headers (RFC 7541, 6), or the place to
   * insert one. Returns `replaced` if the block refers to a replaced authority, and undefined if
   * the block is truncated.
   */
  find(bytes: Buffer, start: number, limit: number): AuthorityPlace | 'replaced' | undefined {
    const block = new Block(bytes, start, limit);
    let first = start;
    let found: AuthorityPlace | 'replaced' | undefined;
    while (block.at < limit) {
      const byte = bytes[block.at] as number;
      if (byte >= 0x80) {
        if (this.#isAuthority(block.integer(7))) found = 'replaced';
      } else if (byte >= 0x20 && byte < 0x40) {
        block.integer(5);
        first = block.at;
      } else {
        const name = block.integer(byte >= 0x40 ? 6 : 4);
        const is = name === 0 ? isSpelled(block.text()) : this.#isAuthority(name);
        const from = block.at;
        block.text();
        if (is) found = { from, to: block.at, value: ANYBODY };
        if (byte >= 0x40) this.#areAuthorities.unshift(is);
      }
    }
    this.#areAuthorities.length = Math.min(this.#areAuthorities.length, KNOWN);
    if (block.at !== limit) return undefined;
    return found ?? { from: first, to: first, value: Buffer.from([AUTHORITY, ...ANYBODY]) };
  }

  #isAuthority(name: number): boolean {
    return name === AUTHORITY || this.#areAuthorities[name - DYNAMIC] === true;
  }
}

function isSpelled(name: Buffer): boolean {
  return SPELLED.some((each) => each.equals(name));
}

/** Reads a block of headers (RFC 7541, 5). Reads past its limit return nothing. */
class Block {
  at: number;
  readonly #bytes: Buffer;
  readonly #limit: number;

  constructor(bytes: Buffer, start: number, limit: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#limit = limit;
  }

  /**
   * Reads an integer that starts in the low bits of a byte; skips the rest of the block if it is
   * too large.
   */
  integer(prefix: number): number {
    const mask = (1 << prefix) - 1;
    let value = (this.#bytes[this.at++] ?? 0) & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#bytes[this.at++] ?? 0;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return this.#limit;
  }

  /** Reads a string literal as it is, coded or not. */
  text(): Buffer {
    const length = this.integer(7);
    const from = this.at;
    this.at += length;
    return this.#bytes.subarray(from, this.at);
  }
}
