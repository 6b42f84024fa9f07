/** Bytes that grow as they are written. */
export class Bytes {
  bytes: Buffer;
  length = 0;

  /** @param size bytes to begin with */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  /** Makes sure that so many bytes can be written from here. */
  room(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** Appends bytes as they are. */
  append(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
}
