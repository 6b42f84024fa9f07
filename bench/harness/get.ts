/** Requests to a daemon. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** The body of an answer, on a connection of its own. */
export async function get(socketPath: string, path: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, agent: false }, (incoming) => {
      text(incoming).then(resolve, reject);
    });
    outgoing.on('error', reject).end();
  });
}

interface Health {
  /** Count of the events that the daemon has taken since its start. */
  readonly events: number;
  readonly cursors: { readonly oldest: string };
}

export async function healthOf(socket: string): Promise<Health> {
  return JSON.parse(await get(socket, '/healthz')) as Health;
}
