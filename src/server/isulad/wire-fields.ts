/** Fields of protobuf messages. */
import type protobuf from 'protobufjs/minimal.js';

/** Layouts of a field. */
export const VARINT = 0;
export const BYTES = 2;

/** The number before a field's value: which field, and its layout. */
export const tag = (field: number, layout: number): number => (field << 3) | layout;

/** Writes a text. The library would write half of a surrogate pair unchanged, which clients reject as a string. */
export function text(writer: protobuf.Writer, field: number, value: string): protobuf.Writer {
  return writer.uint32(tag(field, BYTES)).bytes(Buffer.from(value));
}
