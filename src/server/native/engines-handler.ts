/** `GET /v1/engines`: the followed engines, and their state. */
import { stringify } from '../../encoders/json-text.ts';
import type { EngineReport, ServerContext } from '../context.ts';
import { answer } from '../http/http-answer.ts';
import type { Exchange } from '../protocol.ts';

/**
 * Answers `{engines: […]}`: one object for each engine. Instants are decimal nanoseconds since the
 * Unix epoch.
 */
export function enginesHandler({ engines }: ServerContext): (exchange: Exchange) => void {
  return ({ response }) => answer(response, 200, `${stringify({ engines: engines().map(described) })}\n`);
}

function described({
  source,
  state,
  detail,
  version,
  clockDifference,
  reconnects,
  ...more
}: EngineReport): object {
  const { lastEvent, events, position } = more;
  return {
    ...source,
    state,
    detail,
    version,
    clockDifference,
    position: position === undefined ? undefined : String(position()),
    lastEvent: lastEvent === undefined ? undefined : String(lastEvent),
    events,
    reconnects,
  };
}
