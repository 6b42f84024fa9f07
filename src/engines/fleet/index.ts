/**
 * A fleet as an engine: `fleet=nats://…` makes a daemon the central one of many hosts. It reads the
 * stream of each host, resumes each after its last recorded event, and asks no engine.
 */
import { asyncScheduler, defer, map, type Observable, tap } from 'rxjs';
import type { IncomingEvent } from '../../event.ts';
import { checkNatsUrl } from '../../fleet/nats.ts';
import { natsFromEnvironment } from '../../fleet/nats-environment.ts';
import { type FleetState, readFleet } from '../../fleet/read-fleet.ts';
import { checkPosition, type HostPosition } from '../../fleet/host-position.ts';
import type { EngineStatus, FollowOptions, StreamEngine } from '../engine.ts';
import { reconnecting } from '../reconnecting.ts';

const DEFAULT = 'nats://127.0.0.1:4222';

export const fleet: StreamEngine = {
  name: 'fleet',
  defaultEndpoint: DEFAULT,
  // A fleet is never read unless it is asked for.
  detect: () => [],
  checkEndpoint: checkNatsUrl,
  stream: (options) => streamOf(options),
};

function streamOf(options: FollowOptions): Observable<IncomingEvent> {
  const { history = true, onStatus, scheduler = asyncScheduler, random, positions: store } = options;
  const endpoint = checkNatsUrl(options.endpoint);
  return defer(() => {
    const source = { engine: 'fleet', endpoint };
    const report = (state: EngineStatus['state'], detail: string, version?: string): void =>
      onStatus?.({ source, state, detail, version });
    report('connecting', 'no answer yet');
    const positions = new Map<string, HostPosition>();
    for (const [host, value] of store?.load() ?? []) {
      const position = checkPosition(value);
      if (position !== undefined) positions.set(host, position);
    }
    const onState = ({ live, hosts, silent, unreadable, version }: FleetState): void => {
      const detail = `${hosts} ${hosts === 1 ? 'host' : 'hosts'}${namesText('silent', silent)}${namesText('unreadable', unreadable)}`;
      report(live ? 'connected' : 'connecting', live ? detail : `reading the history of ${detail}`, version);
    };
    return defer(() => {
      const nats = natsFromEnvironment(endpoint, process.env);
      return readFleet({
        ...{ nats, endpoint, positions, scheduler, onState },
        start: history ? 'oldest' : 'new',
      });
    }).pipe(
      tap(() => store?.save(positions)),
      map(({ event }) => event),
      reconnecting({
        ...{ scheduler, random },
        onLost: (error) => report('retrying', error instanceof Error ? error.message : String(error)),
      }),
    );
  });
}

/** Most hosts that a state names. */
const NAMED = 5;

function namesText(title: string, hosts: readonly string[]): string {
  if (hosts.length === 0) return '';
  const more = hosts.length > NAMED ? ` and ${hosts.length - NAMED} more` : '';
  return `, ${title}: ${hosts
    .slice(0, NAMED)
    .map((host) => JSON.stringify(host))
    .join(', ')}${more}`;
}
