/**
 * Inspects a client's bytes frame by frame before HTTP/2 gets them, as Node's HTTP/2 rejects
 * unusual authorities (see `authority.ts`).
 */
import { Authorities } from './authority.ts';

/** The preface of an HTTP/2 connection (RFC 9113, 3.4). */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** Largest frame: HTTP/2's default. */
const MAX_FRAME = 16_384;
const FRAME_HEAD = 9;
const HEADERS = 1;
const END_HEADERS = 0x04;
const PADDED = 0x08;
const PRIORITY = 0x20;

/** Passes the bytes of one connection on, frame by frame. Memory: at most one frame. */
export class Inbound {
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;
  /** True after invalid data: HTTP/2 gets everything that follows, and refuses it. */
  #given = false;
  readonly #authorities = new Authorities();

  /**
   * Takes bytes and returns those that can be passed on; undefined if the client does not speak
   * HTTP/2.
   */
  take(bytes: Buffer): Buffer | undefined {
    if (this.#given) return bytes;
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const done: Buffer[] = [];
    if (!this.#begun) {
      const length = Math.min(rest.length, PREFACE.length);
      if (!rest.subarray(0, length).equals(PREFACE.subarray(0, length))) return undefined;
      this.#begun = length === PREFACE.length;
      if (this.#begun) {
        done.push(PREFACE);
        rest = rest.subarray(length);
      }
    }
    while (this.#begun && !this.#given && rest.length >= FRAME_HEAD) {
      const end = FRAME_HEAD + rest.readUIntBE(0, 3);
      if (end > FRAME_HEAD + MAX_FRAME) this.#given = true;
      if (rest.length < end) break;
      done.push(this.#frame(rest.subarray(0, end)));
      rest = rest.subarray(end);
    }
    if (this.#given) done.push(rest);
    this.#rest = this.#given ? Buffer.alloc(0) : rest;
    return Buffer.concat(done);
  }

  /** Returns the frame, with a valid authority if it has headers. */
  #frame(frame: Buffer): Buffer {
    if (frame[3] !== HEADERS) return frame;
    const flags = frame[4] as number;
    const padded = (flags & PADDED) !== 0;
    const start = FRAME_HEAD + (padded ? 1 : 0) + ((flags & PRIORITY) === 0 ? 0 : 5);
    const end = frame.length - (padded ? (frame[FRAME_HEAD] ?? 0) : 0);
    const found = this.#authorities.find(frame, start, end);
    // Headers that continue in another frame exceed the limit anyway.
    if ((flags & END_HEADERS) === 0 || found === undefined) {
      this.#given = true;
      return frame;
    }
    if (found === 'replaced') return frame;
    const { from, to, value } = found;
    const replaced = Buffer.concat([frame.subarray(0, from), value, frame.subarray(to)]);
    replaced.writeUIntBE(replaced.length - FRAME_HEAD, 0, 3);
    return replaced;
  }
}
