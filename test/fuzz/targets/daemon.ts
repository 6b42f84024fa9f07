/** A running daemon: its FIFO, HTTP, and HTTP/2 with gRPC. */
import { formatLine } from '../../../src/monitor/line.ts';
import { encodeRecord, NONE, STATE } from '../../../src/monitor/record.ts';
import { frame, HEADERS, known, literal } from '../../support/http2-frames.ts';
import type { FuzzedDaemon } from '../daemon.ts';
import { buffers, mutate } from '../mutate.ts';
import { must, type Target } from '../target.ts';

/** Inputs between two good events. */
const GOOD_EVERY = 50;

const RECORD = { type: STATE, subject: 'container', name: 'web', value: 3, exitCode: NONE, pid: 42 } as const;
const FIFO = [
  encodeRecord({ ...RECORD, args: '', extra: 'a=1,b=2' }),
  encodeRecord({ ...RECORD, args: 'x'.repeat(100), extra: '', exitCode: 137 }),
  Buffer.concat([
    encodeRecord({ ...RECORD, args: '', extra: '' }),
    encodeRecord({ ...RECORD, args: '', extra: '' }),
  ]),
  Buffer.from(
    formatLine({ type: 'container', action: 'die', id: 'web', name: 'web', attributes: { exitCode: '1' } }),
  ),
  Buffer.from(formatLine({ type: 'image', action: 'pull', id: 'nginx', name: 'nginx', attributes: {} })),
];

const HTTP = buffers(
  'GET /v1/events?since=0&follow=false&name=web HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /v1.41/events?filters=%7B%22event%22%3A%5B%22die%22%5D%7D&until=1700000000 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /v1/events?tail=5&follow=false HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nLast-Event-ID: k3f:1.00\r\n\r\n',
  'GET /v1/containers?at=10m HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /v1/containers/web/why HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /containers/json?all=1&filters=%7B%7D HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  'GET /v4.0.0/libpod/events?stream=false&since=0 HTTP/1.0\r\n\r\n',
  'POST /v1.41/containers/web/stop HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
  'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
  'HEAD /_ping HTTP/1.1\r\nHost: x\r\nOrigin: http://evil\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
);
const HTTP_WORDS = [
  '/v1/events',
  'since=',
  'cursor=',
  'name=/(a+)+$/',
  '%',
  '%00',
  'HTTP/1.1',
  '\r\n\r\n',
  'Content-Length: 9\r\n',
  'Transfer-Encoding: chunked\r\n',
  'filters={"',
  '&at=',
  'Upgrade: h2c\r\n',
];

const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0)]);
const END_HEADERS = 4;
const END_STREAM = 1;

/** A gRPC call on one stream. */
function call(stream: number, path: string, message: Buffer): Buffer {
  const head = Buffer.concat([
    ...[known(3), known(6), literal(4, path), literal(31, 'application/grpc')],
    ...[literal('te', 'trailers'), literal(1, 'x')],
  ]);
  const length = Buffer.alloc(5);
  length.writeUInt32BE(message.length, 1);
  return Buffer.concat([
    frame(HEADERS, END_HEADERS, stream, head),
    frame(0, END_STREAM, stream, Buffer.concat([length, message])),
  ]);
}

const field = (number: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([number * 8 + 2, text.length]), Buffer.from(text)]);
const CALLS = [
  call(1, '/containers.ContainerService/Events', Buffer.concat([field(3, 'web'), Buffer.from([0x18, 1])])),
  call(1, '/containers.ContainerService/List', field(1, 'a')),
  call(1, '/containers.ContainerService/Inspect', field(1, 'web')),
  call(1, '/containers.ContainerService/Wait', field(1, 'web')),
  call(1, '/containers.ContainerService/Version', Buffer.alloc(0)),
  call(1, '/containers.ContainerService/Delete', field(1, 'web')),
];
const HTTP2 = [
  ...CALLS,
  Buffer.concat([...CALLS.slice(1, 3), frame(3, 0, 1, Buffer.from([0, 0, 0, 8]))]),
  Buffer.concat([
    CALLS[0] as Buffer,
    frame(8, 0, 0, Buffer.from([0x7f, 255, 255, 255])),
    frame(6, 0, 0, Buffer.alloc(8)),
  ]),
  Buffer.concat([
    frame(2, 0, 3, Buffer.alloc(5)),
    frame(9, END_HEADERS, 1),
    frame(4, 0, 0, Buffer.from([0, 4, 255, 255, 255, 255])),
  ]),
];

/** Names of the targets of a daemon. */
export const OF_DAEMON: readonly string[] = ['fifo', 'http', 'http2'];

/** The targets of a daemon: a crash is its end, or an answer of the kind 500. */
export function daemonTargets(daemon: FuzzedDaemon): readonly Target[] {
  let inputs = 0;
  const between = async (): Promise<void> => {
    if (inputs++ % GOOD_EVERY === 0) await daemon.sendGood();
  };
  return [
    {
      name: 'fifo',
      input: (random) =>
        mutate(random, FIFO, ['{"type":"container"', '\n', '\u0000', '{"action":', 'x'.repeat(600)]),
      run: async (input) => {
        await between();
        await daemon.write(input);
      },
    },
    {
      name: 'http',
      input: (random) => mutate(random, HTTP, HTTP_WORDS),
      run: async (input) => {
        await between();
        const answer = (await daemon.exchange('tidings.sock', input)).toString('latin1');
        must(!/^HTTP\/1\.1 50[^3]/.test(answer), answer.slice(0, 300));
      },
    },
    {
      name: 'http2',
      input: (random) =>
        random.chance(0.1)
          ? mutate(random, [Buffer.concat([PREFACE, random.pick(HTTP2)])])
          : Buffer.concat([PREFACE, mutate(random, HTTP2, ['\u0000\u0000\u0005\u0000', '/containers.'])]),
      run: async (input) => {
        await between();
        await daemon.exchange('isulad.sock', input);
      },
    },
  ];
}
