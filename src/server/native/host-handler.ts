/** `GET /v1/host`: the host of the daemon, for a page that runs elsewhere. */
import { hostname } from 'node:os';
import { stringify } from '../../encoders/json-text.ts';
import type { ServerContext } from '../context.ts';
import { answer } from '../http/http-answer.ts';
import type { Exchange } from '../protocol.ts';

/**
 * Answers `{host, zone, time, version, oldest, newest, journal}`. `zone` is the host's IANA zone,
 * `time` its clock in decimal nanoseconds since the Unix epoch, `journal` true if the daemon
 * records events.
 */
export function hostHandler(context: ServerContext): (exchange: Exchange) => void {
  const { collector, journal, now, version } = context;
  return ({ response }) => {
    const body = {
      host: hostname(),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      time: String(now()),
      version,
      oldest: collector.oldest,
      newest: collector.newest,
      journal: journal() !== undefined,
    };
    answer(response, 200, `${stringify(body)}\n`);
  };
}
