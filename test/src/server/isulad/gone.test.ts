/** Streams that are closed before they are answered. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import { events } from '../../../support/events.ts';
import { answerTo, begin, message, session, storeOnly } from '../../../support/grpc-call.ts';
import { frame, HEADERS, known, literal } from '../../../support/http2-frames.ts';
import { type IsuladServer, serveIsulad } from '../../../support/isulad-server.ts';
import { PREFACE } from '../../../../src/server/isulad/inbound.ts';

const DATA = 0;
const RST_STREAM = 3;
const SETTINGS = 4;
const END_STREAM = 1;
const END_HEADERS = 4;
/** By RFC 7541, appendix A. */
const METHOD = { GET: known(2), POST: known(3) };

const begun = Buffer.concat([PREFACE, frame(SETTINGS, 0, 0)]);

interface Request {
  readonly method?: keyof typeof METHOD;
  readonly path?: string;
  readonly type?: string;
  readonly timeout?: string;
  readonly body?: Buffer;
}

/** Everything a call sends. */
function request(stream: number, { method = 'POST', path, type, timeout, body }: Request): Buffer {
  const headers = Buffer.concat([
    METHOD[method],
    known(6),
    literal(':path', path ?? '/containers.ContainerService/Events', { remember: false }),
    literal('content-type', type ?? 'application/grpc', { remember: false }),
    ...(timeout === undefined ? [] : [literal('grpc-timeout', timeout, { remember: false })]),
  ]);
  const flags = END_HEADERS | (body === undefined ? END_STREAM : 0);
  const head = frame(HEADERS, flags, stream, headers);
  return body === undefined ? head : Buffer.concat([head, frame(DATA, END_STREAM, stream, body)]);
}

function reset(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(RST_STREAM, 0, stream, payload);
}

describe('a stream that is reset', () => {
  let collector: Collector;
  let server: IsuladServer;
  let client: Socket;

  beforeEach(async () => {
    collector = createCollector();
    collector.append(events(3));
    server = await serveIsulad(collector);
    client = connect(server.socket);
    await once(client, 'connect');
    client.resume();
  });
  afterEach(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
  });

  const requests: readonly (readonly [string, Request])[] = [
    ['GET, refused with 405', { method: 'GET' }],
    ['a type refused with 415', { type: 'text/plain' }],
    ['a method that is not served', { path: '/x/Y', body: storeOnly }],
    ['a timeout that cannot be read', { timeout: 'soon', body: storeOnly }],
    ['a deadline', { timeout: '1n', body: storeOnly }],
    ['no message', {}],
    ['a broken message', { body: message([0xff, 0xff]) }],
    ['a compressed message', { body: message([1], 1) }],
    ['what is held', { body: storeOnly }],
    ['a stream', { body: message([]) }],
    ['an unknown name', { body: message([0x22, 3, 110, 111, 112]) }],
    ['a bad glob', { body: message([0x22, 1, 91]) }],
  ];
  const codes = [
    ['NO_ERROR', 0],
    ['CANCEL', 8],
  ] as const;

  it.each(codes.flatMap(([name, code]) => requests.map(([title, one]) => [title, name, one, code] as const)))(
    'in the write that asks for %s, by %s, harms no other client',
    async (_title, _name, one, code) => {
      const streams = [1, 3, 5];
      client.write(
        Buffer.concat([begun, ...streams.map((id) => Buffer.concat([request(id, one), reset(id, code)]))]),
      );
      const other = session(server.socket);
      const stream = begin(other);
      stream.end(storeOnly);
      expect(await answerTo(stream)).toMatchObject({ grpcStatus: '0' });
      other.destroy();
      await expect.poll(() => collector.status.subscriptions).toBe(0);
    },
  );

  it.each(codes)('by %s after its answer has begun frees what it held', async (_name, code) => {
    client.write(Buffer.concat([begun, request(1, { body: message([]) })]));
    await expect.poll(() => collector.status.subscriptions).toBe(1);
    client.write(reset(1, code));
    await expect.poll(() => collector.status.subscriptions).toBe(0);
  });
});
