/** A Docker's socket on which recorded events happen again. */
import { onTestFinished } from 'vitest';
import { dockerJson } from '../../src/encoders/docker.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { type UnixServer, unixServer } from './unix-server.ts';

export interface DockerPlayer extends UnixServer {
  /** As an engine is named on a command line. */
  readonly engine: string;
  /** Requests that change something, e.g. `POST /containers/…/restart?t=10`. */
  readonly asked: readonly string[];
  /** Lets more happen, to all that follow. */
  play(events: readonly IncomingEvent[]): void;
}

/**
 * Starts a player. A follower gets the events as if they had just happened one after the other, and
 * the events that are played later.
 *
 * @param containers its containers, as Docker describes each in `GET /containers/{id}/json`
 */
export async function playDocker(
  events: readonly IncomingEvent[],
  containers: readonly { readonly Id: string }[] = [],
): Promise<DockerPlayer> {
  const asked: string[] = [];
  const followers = new Set<(more: readonly IncomingEvent[]) => void>();
  const server = await unixServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '');
    response.setHeader('Api-Version', '1.41');
    if (request.method !== 'GET') {
      asked.push(`${request.method} ${path}`);
      response.writeHead(204).end();
    } else if (path === '/_ping') response.end('OK');
    else if (path === '/info') response.end('{}');
    else if (path === '/containers/json?all=1') response.end(JSON.stringify(containers));
    else if (path.startsWith('/containers/')) {
      const found = containers.find(({ Id }) => path === `/containers/${Id}/json`);
      response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}));
    } else if (path.includes('until=')) response.end();
    else {
      const send = (more: readonly IncomingEvent[]): void => {
        response.write(more.map((event) => `${dockerJson(event)}\n`).join(''));
      };
      response.flushHeaders();
      send(events);
      followers.add(send);
      response.on('close', () => followers.delete(send));
    }
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return Object.assign(server, {
    engine: `docker=${server.endpoint}`,
    asked,
    play: (more: readonly IncomingEvent[]) => followers.forEach((send) => send(more)),
  });
}
