/** The real gRPC server on a socket of its own, over a collector of the test's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../../src/collector/collector.ts';
import { type IsuladLimits, listenIsulad } from '../../src/server/isulad/index.ts';
import { contextOf, type ServeOptions } from './http-server.ts';

export interface IsuladServer extends AsyncDisposable {
  readonly socket: string;
  close(): Promise<void>;
}

export async function serveIsulad(
  collector: Collector,
  options: ServeOptions & { readonly limits?: IsuladLimits } = {},
): Promise<IsuladServer> {
  const { limits, ...rest } = options;
  const directory = mkdtempSync('/tmp/td-');
  const socket = join(directory, 'isulad.sock');
  const listening = await listenIsulad(contextOf(collector, rest), { path: socket, limits });
  return {
    socket,
    close: () => listening.close(),
    [Symbol.asyncDispose]: async () => {
      await listening.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
