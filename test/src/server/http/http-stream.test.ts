import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../../src/event.ts';
import { chunks, HttpStream } from '../../../../src/server/http/http-stream.ts';
import { Blocks } from '../../../../src/server/stream/blocks.ts';
import { event } from '../../../support/events.ts';

/** Three times what is held. */
const COUNT = 12_000;
const BLOCK = 12;
const line = (seq: number): string => `${seq} ${'é'.repeat(1000 + (seq % 1000))}`;

describe('HttpStream', () => {
  it('sends each client what it asked for, however slowly it reads', async () => {
    const events = Array.from({ length: COUNT }, (_, i): EngineEvent => ({ ...event(), seq: i + 1 }));
    const blocks = new Blocks(({ seq }, out) => out.text(`${line(seq)}\n`), chunks);
    const server = createServer((_, response) => {
      const stream = new HttpStream(response, {});
      stream.begin();
      const { paused } = stream.client(() => undefined);
      const pump = { at: 0, room: true };
      paused.subscribe((isPaused) => {
        pump.room = !isPaused;
        for (; pump.room && pump.at < COUNT; pump.at += BLOCK)
          stream.sendEvents(blocks, events.slice(pump.at, pump.at + BLOCK));
        if (pump.room) stream.end();
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connect = (): Promise<IncomingMessage> =>
      new Promise((resolve) => get({ port, host: '127.0.0.1', agent: false }, resolve));
    try {
      const [slow, quick] = await Promise.all([connect(), connect()]);
      // The other has had all before this one reads what was on its way by then.
      await check(quick);
      await check(slow);
    } finally {
      server.close();
    }
  });
});

async function check(response: IncomingMessage): Promise<void> {
  let seq = 0;
  for await (const text of createInterface({ input: response })) {
    if (text !== line(++seq)) throw new Error(`line ${seq} is ${text.slice(0, 40)}…`);
  }
  expect(seq).toBe(COUNT);
}
