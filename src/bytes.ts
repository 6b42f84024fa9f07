/** A buffer of bytes that grows on write. */
export class Bytes {
  bytes: Buffer;
  length = 0;

  /** @param size initial size in bytes */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** Reserves room for that many more bytes. */
  room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** Appends bytes unchanged. */
  append(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
}
