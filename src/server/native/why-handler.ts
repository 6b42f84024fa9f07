/** `GET /v1/containers/NAME/why`: the cause of a container's last death. */
import { firstValueFrom } from 'rxjs';
import { stringify } from '../../encoders/json-text.ts';
import * as instant from '../../instant.ts';
import type { ServerContext } from '../context.ts';
import { answer, HttpError } from '../http/http-answer.ts';
import { readParam } from '../http/param.ts';
import { clientNames } from '../names/index.ts';
import type { Exchange } from '../protocol.ts';

const PARAMS = ['at', 'all'];

/**
 * Answers `{explanations}`: one for each engine that has had the name, or with `all=true` one for
 * each death.
 */
export function whyHandler(context: ServerContext): (exchange: Exchange) => Promise<void> {
  const { containers, explain, limits, now } = context;
  let busy = 0;
  return async ({ response, query, params }) => {
    const unknown = [...query.keys()].find((key) => !PARAMS.includes(key));
    if (unknown !== undefined) {
      throw new RangeError(`unknown parameter ${JSON.stringify(unknown)}: known are ${PARAMS.join(', ')}`);
    }
    const [name] = clientNames([params['name'] ?? ''], limits);
    const at = readParam(query, 'at', (text) => instant.parse(text, { now: now() }));
    const all = readParam(query, 'all', flag) ?? false;
    if (busy >= limits.of('explanations')) {
      limits.refused('explanations');
      throw new HttpError(429, `${busy} explanations are being made: ask again later`, {
        'retry-after': '1',
      });
    }
    busy += 1;
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const explanations = await firstValueFrom(
        explain({ name: name ?? '', at, all, states: containers.states }, gone.signal),
        { defaultValue: [] },
      );
      if (gone.signal.aborted) return;
      if (explanations.length === 0)
        throw new HttpError(404, `no event is about ${stringify(params['name'])}`);
      answer(response, 200, `${stringify({ explanations })}\n`);
    } finally {
      busy -= 1;
    }
  };
}

function flag(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new RangeError(`${JSON.stringify(text.slice(0, 40))}: true or false is right`);
}
