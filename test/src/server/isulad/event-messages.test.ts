import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { isulaAnnotations, isulaOpt } from '../../../../src/encoders/isula.ts';
import { decodeEventsRequest, encodeEvent } from '../../../../src/server/isulad/event-messages.ts';
import { cursorAndEvent, nastyText } from '../../../support/arbitraries.ts';
import { event } from '../../../support/events.ts';

/** The library's own reading of what we publish. */
const proto = protobuf.parse(readFileSync('docs/isulad.proto', 'utf8')).root;
proto.define('google.protobuf').addJSON({
  Timestamp: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
});
const Event = proto.lookupType('containers.Event');
const EventsRequest = proto.lookupType('containers.EventsRequest');

/** Protobuf's encoding of half of a surrogate pair. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

const time = (nano: bigint): { seconds: string; nanos: number } => {
  const nanos = ((nano % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
  return { seconds: String((nano - nanos) / 1_000_000_000n), nanos: Number(nanos) };
};

const decodeEvent = (bytes: Uint8Array): Record<string, unknown> =>
  Event.toObject(Event.decode(bytes), { longs: String, defaults: true });

function outcome(run: () => unknown): string {
  try {
    run();
    return 'read';
  } catch (error) {
    return error instanceof Error ? 'refused' : 'something else was thrown';
  }
}

describe('encodeEvent', () => {
  it('writes what the published definition reads, whatever the texts are', () => {
    fc.assert(
      fc.property(cursorAndEvent, ({ event }) => {
        const decoded = decodeEvent(encodeEvent(event));
        expect(decoded['timestamp']).toEqual(time(event.timeNano));
        expect(decoded['opt']).toBe(wellFormed(isulaOpt(event)));
        const annotations = Object.entries(isulaAnnotations(event)).map(
          ([key, value]) => [wellFormed(key), wellFormed(value)] as const,
        );
        expect(new Map(Object.entries(decoded['annotations'] as object))).toEqual(new Map(annotations));
      }),
    );
  });

  it('has the name where there is no id', () => {
    expect(decodeEvent(encodeEvent(event({ id: '', name: 'docker' })))['id']).toBe('docker');
  });

  it('writes strings that are UTF-8, as other libraries refuse what is not', () => {
    const bytes = encodeEvent(event({ name: '\ud800' }));
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(-8))).not.toThrow();
  });
});

describe('decodeEventsRequest', () => {
  /** Any second from the year 1 to 9999, as protobuf has it. */
  const timestamp = fc.bigInt({ min: -62_135_596_800_000_000_000n, max: 253_402_300_799_999_999_999n });

  it('reads what the published definition writes', () => {
    const option = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    fc.assert(
      fc.property(
        option(timestamp),
        option(timestamp),
        fc.boolean(),
        nastyText,
        (since, until, storeOnly, id) => {
          const request = EventsRequest.fromObject({
            ...(since === undefined ? {} : { since: time(since) }),
            ...(until === undefined ? {} : { until: time(until) }),
            storeOnly,
            id: wellFormed(id),
          });
          const bytes = EventsRequest.encode(request).finish();
          expect(decodeEventsRequest(bytes)).toEqual({
            since: since === 0n ? undefined : since,
            until: until === 0n ? undefined : until,
            storeOnly,
            id: wellFormed(id),
          });
        },
      ),
    );
  });

  it('asks for nothing when it is empty', () => {
    const nothing = { since: undefined, until: undefined, storeOnly: false, id: '' };
    expect(decodeEventsRequest(new Uint8Array())).toEqual(nothing);
  });

  it('passes over fields that it does not know', () => {
    const bytes = Buffer.from([0x7a, 2, 1, 2, 0x18, 1, 0xf8, 1, 5, 0x82, 1, 1, 7]);
    expect(decodeEventsRequest(bytes)).toMatchObject({ storeOnly: true });
  });

  it('takes seconds that no calendar has', () => {
    const far = EventsRequest.encode(
      EventsRequest.fromObject({ since: { seconds: '9223372036854775807', nanos: -1 } }),
    ).finish();
    expect(decodeEventsRequest(far).since).toBeGreaterThan(9_000_000_000_000_000_000n * 1_000_000_000n);
  });

  it('reads or refuses any bytes, and never reads on and on', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(outcome(() => decodeEventsRequest(bytes))).not.toBe('something else was thrown');
      }),
    );
  });
});
