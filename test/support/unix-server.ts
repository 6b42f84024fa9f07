/** An HTTP server on a Unix socket of its own, that answers as a test says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';

export interface UnixServer extends AsyncDisposable {
  readonly socket: string;
  readonly endpoint: string;
  /** Count of open connections. */
  connections(): Promise<number>;
}

export async function unixServer(listener: RequestListener): Promise<UnixServer> {
  const directory = mkdtempSync('/tmp/td-');
  const socket = join(directory, 's');
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    endpoint: `unix://${socket}`,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
