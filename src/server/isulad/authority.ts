/**
 * The `:authority` of requests on a Unix socket. Node closes a stream that has none, or one with characters that no host
 * has: Go's gRPC sends the path of the socket there when it dials by a function of its own. Here it names nobody, so
 * it is replaced.
 */

/** Bytes of a frame, and what belongs there. */
export interface Place {
  readonly from: number;
  readonly to: number;
  readonly value: Buffer;
}

/** Its number in the table of headers that HTTP/2 knows without being told (RFC 7541, appendix A). */
const AUTHORITY = 1;
/** Its name where a client spells it out, as gRPC's C core does: plain, and in Huffman's code (appendix B). */
const SPELLED = [Buffer.from(':authority'), Buffer.from('b83b5339ec327d7f', 'hex')];
/** The number of the newest of the headers that a connection has made known. */
const DYNAMIC = 62;
/** More of them do not fit into the 4,096 bytes that their table has by default: each takes 32 and its texts. */
const KNOWN = 128;

/**
 * An authority of one character, as a header's value. Whatever it replaces in the tables that both sides keep is not
 * smaller, so that nothing that the client still refers to is dropped from ours.
 */
const ANYBODY = Buffer.from([1, 'x'.charCodeAt(0)]);

/** Finds authorities in the headers of one connection. Memory: a bit for each header that is known. */
export class Authorities {
  /** Of the headers that the connection has made known, newest first: whether it is an authority. */
  readonly #known: boolean[] = [];

  /**
   * Where in a block of headers (RFC 7541, 6) the authority's value is, or where one belongs; `replaced` when the block
   * refers to one that has been replaced. Undefined when the block is cut.
   */
  find(bytes: Buffer, start: number, limit: number): Place | 'replaced' | undefined {
    const block = new Block(bytes, start, limit);
    let first = start;
    let found: Place | 'replaced' | undefined;
    while (block.at < limit) {
      const byte = bytes[block.at] as number;
      if (byte >= 0x80) {
        if (this.#isKnown(block.integer(7))) found = 'replaced';
      } else if (byte >= 0x20 && byte < 0x40) {
        block.integer(5);
        first = block.at;
      } else {
        const name = block.integer(byte >= 0x40 ? 6 : 4);
        const is = name === 0 ? isSpelled(block.text()) : this.#isKnown(name);
        const from = block.at;
        block.text();
        if (is) found = { from, to: block.at, value: ANYBODY };
        if (byte >= 0x40) this.#known.unshift(is);
      }
    }
    this.#known.length = Math.min(this.#known.length, KNOWN);
    if (block.at !== limit) return undefined;
    return found ?? { from: first, to: first, value: Buffer.from([AUTHORITY, ...ANYBODY]) };
  }

  #isKnown(name: number): boolean {
    return name === AUTHORITY || this.#known[name - DYNAMIC] === true;
  }
}

function isSpelled(name: Buffer): boolean {
  return SPELLED.some((each) => each.equals(name));
}

/** A block of headers that is read (RFC 7541, 5). Past its limit there is nothing. */
class Block {
  at: number;
  readonly #bytes: Buffer;
  readonly #limit: number;

  constructor(bytes: Buffer, start: number, limit: number) {
    this.#bytes = bytes;
    this.at = start;
    this.#limit = limit;
  }

  /** A number whose first bits are the last of a byte; the rest of the block when it is too large for one. */
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

  /** A text as it is written, coded or not. */
  text(): Buffer {
    const length = this.integer(7);
    const from = this.at;
    this.at += length;
    return this.#bytes.subarray(from, this.at);
  }
}
