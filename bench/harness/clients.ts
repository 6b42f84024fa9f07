/** Clients that read at full speed and only search for a marker; and clients that do not read. */
import { connect, type Socket } from 'node:net';

/** Marker of the last event of a run. */
export const LAST = 'the-last-of-them';

/** Ends the part of a stream that is not measured. */
const READY = '"kind":"replay-end"';

/** The request of a client: everything from now on. */
export const REQUEST = 'GET /v1/events HTTP/1.1\r\nhost: x\r\n\r\n';

const sockets: Socket[] = [];

/** One buffer for all reads: its content is searched and discarded. */
const buffer = Buffer.allocUnsafe(256 * 1024);

interface Client {
  wanted: string;
  seen(): void;
}

const clients: Client[] = [];

/**
 * Connects clients that read; resolves once each has received its marker, or is connected without a
 * marker.
 *
 * @param request the first data that each client sends
 */
export async function openReaders(
  path: string,
  count: number,
  request?: string,
  wanted: string = READY,
): Promise<void> {
  await inBatches(count, () => open(path, request, wanted));
}

/** A Unix socket has a limited queue of connections to accept. */
async function inBatches(count: number, body: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - i) }, body));
  }
}

async function open(path: string, request: string | undefined, wanted: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const client: Client = { wanted, seen: resolve };
    clients.push(client);
    const look = (length: number, bytes: Buffer): boolean => {
      if (bytes.subarray(0, length).includes(client.wanted)) client.seen();
      return true;
    };
    const socket = connect({ path, onread: { buffer, callback: (length) => look(length, buffer) } });
    socket.on('error', reject);
    socket.on('connect', () => {
      if (request === undefined) resolve();
      else socket.write(request);
    });
    sockets.push(socket);
  });
}

/** Resolves with the instant (in ns) at which every reader has received the last event. */
export async function untilLast(): Promise<bigint> {
  await Promise.all(
    clients.map(
      (client) =>
        new Promise<void>((resolve) => {
          client.wanted = LAST;
          client.seen = resolve;
        }),
    ),
  );
  return process.hrtime.bigint();
}

/** Connects clients that send a request and never read. */
export async function openStalled(path: string, count: number, request: string): Promise<void> {
  await inBatches(
    count,
    () =>
      new Promise<void>((resolve, reject) => {
        const socket = connect(path);
        socket.on('error', reject);
        socket.on('connect', () => {
          socket.pause();
          socket.write(request, () => resolve());
        });
        sockets.push(socket);
      }),
  );
}

export function closeClients(): void {
  for (const socket of sockets.splice(0)) socket.destroy();
  clients.length = 0;
}
