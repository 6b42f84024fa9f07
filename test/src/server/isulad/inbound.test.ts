import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inbound, PREFACE } from '../../../../src/server/isulad/inbound.ts';
import { frame, HEADERS, literal, known } from '../../../support/http2-frames.ts';

const SETTINGS = 4;
const PADDED = 0x08;
const PRIORITY = 0x20;
const END = 0x05;

const path = literal(4, '/containers.ContainerService/Events');
const type = literal('content-type', 'application/grpc');
const headers = (...fields: Buffer[]): Buffer => frame(HEADERS, END, 1, Buffer.concat(fields));

/** The output for bytes that arrive in pieces of the given sizes. */
function passed(bytes: Buffer, ...sizes: number[]): Buffer | undefined {
  const inbound = new Inbound();
  const out: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes.length === 0 ? bytes.length : (sizes[i % sizes.length] as number);
    const some = inbound.take(bytes.subarray(at, at + size));
    if (some === undefined) return undefined;
    out.push(some);
    at += size;
  }
  return Buffer.concat(out);
}

const afterPreface = (...frames: Buffer[]): Buffer => Buffer.concat([PREFACE, ...frames]);

describe('Inbound', () => {
  it('replaces the authority of a client by one that every server accepts', () => {
    for (const authority of ['/run/isulad.sock', 'unix:///run/isulad.sock', 'localhost', '']) {
      expect(passed(afterPreface(headers(path, literal(1, authority), type)))).toEqual(
        afterPreface(headers(path, literal(1, 'x'), type)),
      );
    }
  });

  it('finds it where its name is spelled out, in either code', () => {
    for (const name of [':authority', Buffer.from('b83b5339ec327d7f', 'hex')]) {
      expect(passed(afterPreface(headers(path, literal(name, '/s'), type)))).toEqual(
        afterPreface(headers(path, literal(name, 'x'), type)),
      );
    }
  });

  it('inserts a missing one, before the first header that is not a pseudo-header', () => {
    const resize = Buffer.from([0x3f, 0xe1, 0x1f]);
    const added = literal(1, 'x', { remember: false });
    expect(passed(afterPreface(headers(resize, path, type)))).toEqual(
      afterPreface(headers(resize, added, path, type)),
    );
  });

  it('leaves alone what refers to an authority of before', () => {
    const first = headers(path, literal(1, '/s'), type);
    // Counted from the newest: content-type, authority, path.
    const next = headers(known(63), known(64), known(62));
    expect(passed(afterPreface(first, next))).toEqual(
      afterPreface(headers(path, literal(1, 'x'), type), next),
    );
  });

  it('knows an authority that is named by a reference', () => {
    const first = headers(path, literal(1, '/s'), type);
    // The path that comes before it has moved the authority from 63 to 64.
    const next = headers(path, literal(64, '/other'), type);
    expect(passed(afterPreface(first, next))).toEqual(
      afterPreface(headers(path, literal(1, 'x'), type), headers(path, literal(64, 'x'), type)),
    );
  });

  it('puts one into each request of a connection that never has any', () => {
    const added = literal(1, 'x', { remember: false });
    const next = headers(known(63), known(62));
    expect(passed(afterPreface(headers(path, type), next))).toEqual(
      afterPreface(headers(added, path, type), headers(added, known(63), known(62))),
    );
  });

  it('passes over padding and priorities', () => {
    const block = Buffer.concat([path, literal(1, '/s'), type]);
    const expected = Buffer.concat([path, literal(1, 'x'), type]);
    const around = (block: Buffer): Buffer =>
      frame(
        HEADERS,
        END | PADDED | PRIORITY,
        1,
        Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 9]), block, Buffer.alloc(3)]),
      );
    expect(passed(afterPreface(around(block)))).toEqual(afterPreface(around(expected)));
  });

  it('does the same in whatever pieces the bytes come', () => {
    const bytes = afterPreface(
      frame(SETTINGS, 0, 0),
      headers(path, literal(1, '/run/s'), type),
      frame(0, 1, 1),
    );
    const whole = passed(bytes);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        expect(passed(bytes, ...sizes)).toEqual(whole);
      }),
    );
  });

  it('says at the first byte that is not HTTP/2', () => {
    expect(new Inbound().take(Buffer.from('G'))).toBeUndefined();
    expect(passed(Buffer.from('PRI * HTTP/1.1\r\n'), 3)).toBeUndefined();
  });

  it('leaves to HTTP/2 what is wrong, with all that follows', () => {
    const cut = frame(HEADERS, END, 1, Buffer.from([0x41, 0x7f, 0xff, 0xff, 0xff, 0xff, 1]));
    const huge = Buffer.concat([
      Buffer.from([0xff, 0xff, 0xff, HEADERS, END, 0, 0, 0, 1]),
      Buffer.alloc(100, 0x41),
    ]);
    const open = frame(HEADERS, 0, 1, path);
    const more = headers(path, literal(1, '/s'));
    for (const wrong of [cut, huge, open]) {
      expect(passed(afterPreface(wrong, more), 7)).toEqual(afterPreface(wrong, more));
    }
  });

  it('takes any bytes, and makes of them no more than an authority for each frame', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), (blocks) => {
        const frames = blocks.map((block) => frame(HEADERS, END, 1, Buffer.from(block)));
        const bytes = afterPreface(...frames);
        expect(passed(bytes, 11)?.length ?? 0).toBeLessThanOrEqual(bytes.length + 3 * blocks.length);
      }),
    );
  });
});
