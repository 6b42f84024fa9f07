/** HTTP/2 by hand: frames and headers as bytes, for what no well-behaved client sends. */

export const HEADERS = 1;

/** A frame (RFC 9113, 4.1). */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/**
 * A header with its value spelled out (RFC 7541, 6.2); its name is spelled out too, already coded,
 * or a number.
 */
export function literal(
  name: string | Buffer | number,
  value: string,
  { remember = true }: { readonly remember?: boolean } = {},
): Buffer {
  const kind = remember ? 0x40 : 0;
  const spelled = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  if (typeof name === 'number') {
    // Four bits hold 0 to 14, six hold 0 to 62: one more goes into a byte behind.
    const limit = remember ? 63 : 15;
    const number = name < limit ? [kind | name] : [kind | limit, name - limit];
    return Buffer.concat([Buffer.from(number), spelled(value)]);
  }
  const coded =
    typeof name === 'string' ? spelled(name) : Buffer.concat([Buffer.from([0x80 | name.length]), name]);
  return Buffer.concat([Buffer.from([kind]), coded, spelled(value)]);
}

/** A header of a table, by its number. */
export function known(number: number): Buffer {
  return Buffer.from([0x80 | number]);
}
