import { filter, firstValueFrom, NEVER, type Observable, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../../operators/explanation.ts';
import { createCollector } from '../../../../src/collector/collector.ts';
import type { IncomingEvent } from '../../../../src/event.ts';
import { event } from '../../../support/events.ts';
import { serveHttp, type ServeOptions } from '../../../support/http-server.ts';
import { ask, type Answer } from '../../../support/unix-http.ts';

const at = (
  seconds: number,
  name: string,
  action: string,
  attributes = {},
  engine = 'docker',
): IncomingEvent =>
  event({
    ...{ timeNano: 1_700_000_000_000_000_000n + BigInt(seconds) * 1_000_000_000n, action, attributes },
    ...{ id: `${name}-${engine}`, name, source: { engine, endpoint: `unix:///${engine}` } },
  });

const history = [
  at(0, 'web', 'start'),
  at(1, 'db', 'start'),
  at(7, 'db', 'die', { exitCode: '1' }),
  at(9, 'web', 'die', { exitCode: '3' }),
  at(20, 'web', 'start'),
  at(21, 'web', 'die', { exitCode: '0' }),
];

async function get(path: string, events = history, options: ServeOptions = {}): Promise<Answer> {
  const collector = createCollector();
  collector.append(events);
  await using server = await serveHttp(collector, options);
  return await ask(server.socket, 'GET', path);
}

const explanations = ({ body }: Answer): readonly Explanation[] =>
  (JSON.parse(body) as { explanations: readonly Explanation[] }).explanations;

describe('GET /v1/containers/NAME/why', () => {
  it('explains the latest death, or the one before a time, with the events around it', async () => {
    const latest = await get('/v1/containers/web/why');
    expect(latest.status).toBe(200);
    expect(explanations(latest)).toMatchObject([{ name: 'web', death: { cause: 'finished' } }]);
    const [before] = explanations(await get('/v1/containers/web/why?at=1700000010'));
    expect(before).toMatchObject({
      death: { cause: 'failed', exitCode: 3, summary: 'exit 3 after 9 s' },
      around: [
        { name: 'db', action: 'start' },
        { name: 'db', action: 'die', offset: '-2000000000', summary: 'exit 1 after 6 s' },
      ],
    });
  });

  it('explains every death, and the same name on each engine', async () => {
    const all = explanations(await get('/v1/containers/web/why?all=true'));
    expect(all.map(({ death }) => death?.cause)).toEqual(['failed', 'finished']);
    const two = [...history, at(30, 'web', 'die', { exitCode: '137' }, 'podman')];
    expect(explanations(await get('/v1/containers/web/why', two)).map(({ engine }) => engine)).toEqual([
      'docker',
      'podman',
    ]);
  });

  it('refuses names that no event is about', async () => {
    expect(await get('/v1/containers/nobody/why')).toMatchObject({
      status: 404,
      body: '{"message":"no event is about \\"nobody\\""}\n',
    });
  });

  it.each(['web/why?at=soon', 'web/why?all=maybe', 'web/why?when=now', '%2F(%2F/why'])(
    'refuses %s',
    async (path) => {
      expect((await get(`/v1/containers/${path}`)).status).toBe(400);
    },
  );

  it('makes two at a time, so that others are served meanwhile', async () => {
    const begun = new Subject<number>();
    let count = 0;
    const explain = (): Observable<never> => {
      begun.next(++count);
      return NEVER;
    };
    await using server = await serveHttp(createCollector(), { explain });
    const bothBegan = firstValueFrom(begun.pipe(filter((each) => each === 2)));
    const waiting = [0, 1].map(
      async () => await ask(server.socket, 'GET', '/v1/containers/web/why').catch(() => 'cut'),
    );
    await bothBegan;
    const { status, headers } = await ask(server.socket, 'GET', '/v1/containers/web/why');
    expect({ status, after: headers['retry-after'] }).toEqual({ status: 429, after: '1' });
    await server.close();
    expect(await Promise.all(waiting)).toEqual(['cut', 'cut']);
  });
});
