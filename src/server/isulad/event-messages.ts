/** Encodes and decodes iSulad's protobuf messages: the fields of `docs/isulad.proto`. */
import protobuf from 'protobufjs/minimal.js';
import { isulaAnnotations, isulaId, isulaOpt } from '../../encoders/isula.ts';
import type { IncomingEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { BYTES, tag, text, VARINT } from './wire-fields.ts';

export interface EventsRequest {
  readonly since: Instant | undefined;
  readonly until: Instant | undefined;
  readonly storeOnly: boolean;
  /** A container's name or id; empty for all. */
  readonly id: string;
}

const SECOND = 1_000_000_000n;

/** Wire types: the layout of a field's value. */
/**
 * Decodes an `EventsRequest`. A time of zero counts as absent, as in iSulad.
 *
 * @throws Error if the bytes are invalid
 */
export function decodeEventsRequest(bytes: Uint8Array): EventsRequest {
  const reader = protobuf.Reader.create(bytes);
  const request = {
    since: undefined as Instant | undefined,
    until: undefined as Instant | undefined,
    storeOnly: false,
    id: '',
  };
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    if (key === tag(1, BYTES)) request.since = decodeTimestamp(reader.bytes());
    else if (key === tag(2, BYTES)) request.until = decodeTimestamp(reader.bytes());
    else if (key === tag(3, VARINT)) request.storeOnly = reader.bool();
    else if (key === tag(4, BYTES)) request.id = new TextDecoder().decode(reader.bytes());
    else reader.skipType(key & 7);
  }
  return request;
}

/** Encodes an `Event`. */
export function encodeEvent(event: IncomingEvent): Uint8Array {
  const writer = protobuf.Writer.create();
  encodeTimestamp(event.timeNano, writer.uint32(tag(1, BYTES)).fork());
  text(writer, 2, isulaOpt(event));
  text(writer, 3, isulaId(event));
  for (const [key, value] of Object.entries(isulaAnnotations(event))) {
    writer.uint32(tag(4, BYTES)).fork();
    text(writer, 1, key);
    text(writer, 2, value).ldelim();
  }
  return writer.finish();
}

function decodeTimestamp(bytes: Uint8Array): Instant | undefined {
  const reader = protobuf.Reader.create(bytes);
  let seconds = 0n;
  let nanos = 0n;
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    if (key === tag(1, VARINT)) seconds = BigInt(numberOf(reader.int64()));
    else if (key === tag(2, VARINT)) nanos = BigInt(reader.int32());
    else reader.skipType(key & 7);
  }
  return seconds === 0n && nanos === 0n ? undefined : seconds * SECOND + nanos;
}

/**
 * The library returns an object or a number; a value beyond a number's precision is outside any
 * calendar.
 */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : (value as { toNumber(): number }).toNumber();
}

/** Nanos count forward, so a time before 1970 has a lower second. */
function encodeTimestamp(time: Instant, writer: protobuf.Writer): void {
  const nanos = ((time % SECOND) + SECOND) % SECOND;
  writer.uint32(tag(1, VARINT)).int64(Number((time - nanos) / SECOND));
  writer.uint32(tag(2, VARINT)).int32(Number(nanos)).ldelim();
}
